import type { FromNode } from '@faultline/protocol';
import { describe, expect, test } from 'vitest';
import { badSignatureTeller, eventTeller, unsentTeller } from '../src/host/tellers.ts';

/** A channel that keeps what is told, with timers that are run by hand. */
class Bench {
  readonly told: FromNode[] = [];
  readonly timers: { run: () => void; ms: number }[] = [];
  readonly tell = (message: FromNode): void => void this.told.push(message);
  readonly trueNow = (): number => 5;
  readonly later = (run: () => void, ms: number): void => void this.timers.push({ run, ms });

  passTimers(): void {
    for (const { run } of this.timers.splice(0)) run();
  }
}

describe('messages that were not sent', () => {
  test('are told a stretch at a time, each once', () => {
    const bench = new Bench();
    const tell = unsentTeller(bench);
    for (let seq = 1; seq <= 1000; seq++) tell(seq, 'router down');
    for (let seq = 1001; seq <= 1500; seq++) tell(seq, 'overflow');
    for (let seq = 2001; seq <= 2002; seq++) tell(seq, 'overflow');
    bench.passTimers();
    const stretch = (reason: string, firstSeq: number, lastSeq: number) => ({
      from: 'unsent',
      reason,
      count: lastSeq - firstSeq + 1,
      firstSeq,
      lastSeq,
    });
    expect(bench.told).toEqual([
      stretch('router down', 1, 1000),
      stretch('overflow', 1001, 1500),
      stretch('overflow', 2001, 2002),
    ]);
    bench.passTimers();
    tell(2003, 'overflow');
    bench.passTimers();
    expect(bench.told.slice(3)).toEqual([stretch('overflow', 2003, 2003)]);
  });

  test('are told within a tenth of a second, with one timer however many stretches there are', () => {
    const bench = new Bench();
    const tell = unsentTeller(bench);
    for (let seq = 1; seq <= 100; seq += 2) tell(seq, 'overflow');
    expect(bench.timers.map(({ ms }) => ms)).toEqual([100]);
  });
});

describe('events', () => {
  test('are told as they come', () => {
    const bench = new Bench();
    eventTeller(bench)('elected', { term: 3 });
    expect(bench.told).toEqual([{ from: 'event', atMs: 5, name: 'elected', data: { term: 3 } }]);
  });

  test('of a program that floods are cut short, and how many were left out is told', () => {
    const bench = new Bench();
    const tell = eventTeller(bench);
    for (let i = 0; i < 2500; i++) tell('x', {});
    expect(bench.told).toHaveLength(1000);
    expect(bench.timers.map(({ ms }) => ms)).toEqual([1000]);
    bench.passTimers();
    expect(bench.told.slice(1000)).toEqual([
      { from: 'event', atMs: 5, name: 'events.dropped', data: { dropped: 1500 } },
    ]);
    tell('y', {});
    bench.passTimers();
    expect(bench.told.slice(1001)).toMatchObject([{ name: 'y' }]);
  });
});

describe('messages whose signature is wrong', () => {
  test('are told once a second for each source, with how many more there were', () => {
    const told: FromNode[] = [];
    let nowMs = 0;
    const tell = badSignatureTeller({
      tell: (message) => told.push(message),
      trueNow: () => nowMs,
      later: () => {},
    });
    for (; nowMs < 1000; nowMs += 100) tell('n1', 'write');
    tell('n2', 'read');
    tell('n1', 'write');
    const facts = { from: 'badSignature', type: 'write', src: 'n1' };
    expect(told).toEqual([
      { ...facts, atMs: 0, alsoUntold: 0 },
      { ...facts, src: 'n2', type: 'read', atMs: 1000, alsoUntold: 0 },
      { ...facts, atMs: 1000, alsoUntold: 9 },
    ]);
  });
});
