import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AppendLog, ownerOf } from '../src/log/core.ts';
import { type Outcome, Simulation } from './helpers/simulation.ts';

type Messages = Record<string, [number, number][]>;

test('keys are spread over the members', () => {
  const members = ['n1', 'n2', 'n3'];
  const owners = Array.from({ length: 300 }, (_, key) => ownerOf(String(key), members));
  for (const member of members) {
    expect(owners.filter((owner) => owner === member).length).toBeGreaterThan(50);
  }
});

test('offsets are never given twice, every acknowledged message stays where it was said to be, and reads have no gaps', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const simulation = new Simulation((self) => new AppendLog(self), {
        ...{ seed, lossPercent: 10, duplicatePercent: 10, crashPercent: 1 },
      });
      const polls: Outcome[] = [];
      const sends: Outcome[] = [];
      for (let i = 0; i < 80; i++) {
        const node = simulation.pick(simulation.members);
        const key = `k${simulation.random(3)}`;
        if (simulation.random(3) > 0) {
          sends.push(simulation.invoke('c1', node, { type: 'send', key, msg: i }));
        } else polls.push(simulation.invoke('c2', node, { type: 'poll', offsets: { [key]: 0 } }));
        simulation.steps(6);
      }
      simulation.calm();
      simulation.steps(200);
      const final: Messages = {};
      for (const key of ['k0', 'k1', 'k2']) {
        const { reply } = simulation.ask('n1', { type: 'poll', offsets: { [key]: 0 } });
        Object.assign(final, reply!.msgs);
      }
      for (const { body, reply } of sends.filter(({ reply }) => reply !== undefined)) {
        const offset = reply!.offset as number;
        expect(final[body.key as string]![offset]).toEqual([offset, body.msg]);
      }
      for (const { reply } of polls.filter(({ reply }) => reply !== undefined)) {
        for (const [key, messages] of Object.entries(reply!.msgs as Messages)) {
          expect(messages).toEqual(final[key]!.slice(0, messages.length));
        }
      }
      expect(sends.filter(({ reply }) => reply !== undefined).length).toBeGreaterThan(5);
      const all = Object.values(final).flatMap((messages) => messages.map(([, msg]) => msg));
      expect(new Set(all).size).toBe(all.length);
    }),
    { numRuns: 20 },
  );
});

test('committed offsets go forward only, and are there after a crash', () => {
  const simulation = new Simulation((self) => new AppendLog(self), { seed: 1, lossPercent: 20 });
  const ask = (type: string, fields: object): unknown =>
    simulation.ask('n1', { type, ...fields }).reply;
  expect(ask('commit_offsets', { offsets: { a: 5, b: 1, c: 0 } })).toEqual({});
  ask('commit_offsets', { offsets: { a: 3, b: 2 } });
  for (const node of simulation.members) simulation.crash(node);
  const offsets = { a: 5, b: 2, c: 0 };
  expect(ask('list_committed_offsets', { keys: ['a', 'b', 'c', 'd'] })).toEqual({ offsets });
});

test('nonsense is refused', () => {
  const simulation = new Simulation((self) => new AppendLog(self), { seed: 1 });
  for (const body of [
    { type: 'send', key: {}, msg: 1 },
    { type: 'poll', offsets: [1] },
    { type: 'poll', offsets: { a: -1 } },
    { type: 'list_committed_offsets', keys: 'a' },
  ]) {
    expect(simulation.ask('n1', body).error).toMatchObject({ rpcCode: 12 });
  }
});
