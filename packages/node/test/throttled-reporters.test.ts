import type { FromNode } from '@faultline/protocol';
import { describe, expect, test } from 'vitest';
import {
  badSignatureReporter,
  eventReporter,
  unsentReporter,
} from '../src/host/throttled-reporters.ts';

/** A channel that keeps all reports, with timers that are run manually. */
class Bench {
  readonly reported: FromNode[] = [];
  readonly timers: { run: () => void; ms: number }[] = [];
  readonly notify = (message: FromNode): void => void this.reported.push(message);
  readonly trueNow = (): number => 5;
  readonly later = (run: () => void, ms: number): void => void this.timers.push({ run, ms });

  passTimers(): void {
    for (const { run } of this.timers.splice(0)) run();
  }
}

describe('messages that were not sent', () => {
  test('are reported range by range, each once', () => {
    const bench = new Bench();
    const report = unsentReporter(bench);
    for (let seq = 1; seq <= 1000; seq++) report(seq, 'router down');
    for (let seq = 1001; seq <= 1500; seq++) report(seq, 'overflow');
    for (let seq = 2001; seq <= 2002; seq++) report(seq, 'overflow');
    bench.passTimers();
    const range = (reason: string, firstSeq: number, lastSeq: number) => ({
      from: 'unsent',
      reason,
      count: lastSeq - firstSeq + 1,
      firstSeq,
      lastSeq,
    });
    expect(bench.reported).toEqual([
      range('router down', 1, 1000),
      range('overflow', 1001, 1500),
      range('overflow', 2001, 2002),
    ]);
    bench.passTimers();
    report(2003, 'overflow');
    bench.passTimers();
    expect(bench.reported.slice(3)).toEqual([range('overflow', 2003, 2003)]);
  });

  test('are reported within a tenth of a second, with one timer for any number of ranges', () => {
    const bench = new Bench();
    const report = unsentReporter(bench);
    for (let seq = 1; seq <= 100; seq += 2) report(seq, 'overflow');
    expect(bench.timers.map(({ ms }) => ms)).toEqual([100]);
  });
});

describe('events', () => {
  test('are reported as they come', () => {
    const bench = new Bench();
    eventReporter(bench)('elected', { term: 3 });
    expect(bench.reported).toEqual([
      { from: 'event', atMs: 5, name: 'elected', data: { term: 3 } },
    ]);
  });

  test('of a flooding program are limited, and the number of dropped ones is reported', () => {
    const bench = new Bench();
    const report = eventReporter(bench);
    for (let i = 0; i < 2500; i++) report('x', {});
    expect(bench.reported).toHaveLength(1000);
    expect(bench.timers.map(({ ms }) => ms)).toEqual([1000]);
    bench.passTimers();
    expect(bench.reported.slice(1000)).toEqual([
      { from: 'event', atMs: 5, name: 'events.dropped', data: { dropped: 1500 } },
    ]);
    report('y', {});
    bench.passTimers();
    expect(bench.reported.slice(1001)).toMatchObject([{ name: 'y' }]);
  });
});

describe('messages whose signature is wrong', () => {
  test('are reported once a second for each source, with how many more there were', () => {
    const reported: FromNode[] = [];
    let nowMs = 0;
    const report = badSignatureReporter({
      notify: (message) => reported.push(message),
      trueNow: () => nowMs,
      later: () => {},
    });
    for (; nowMs < 1000; nowMs += 100) report('n1', 'write');
    report('n2', 'read');
    report('n1', 'write');
    const facts = { from: 'badSignature', type: 'write', src: 'n1' };
    expect(reported).toEqual([
      { ...facts, atMs: 0, alsoUntold: 0 },
      { ...facts, src: 'n2', type: 'read', atMs: 1000, alsoUntold: 0 },
      { ...facts, atMs: 1000, alsoUntold: 9 },
    ]);
  });
});
