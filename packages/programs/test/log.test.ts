import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draws } from '../../../test/helpers/draws.ts';
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

test('offsets are never issued twice, every acknowledged message stays at its offset, and reads have no gaps', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const simulation = new Simulation((self) => new AppendLog(self), {
        ...{ seed, lossPercent: 10, duplicatePercent: 10, crashPercent: 1, compactPercent: 5 },
      });
      const polls: Outcome[] = [];
      const sends: Outcome[] = [];
      for (let i = 0; i < 80; i++) {
        const node = simulation.pick(simulation.members);
        const key = `k${simulation.random(3)}`;
        if (simulation.random(3) > 0) {
          // With a name: a doubled one that comes after a crash is another message else.
          const body = { type: 'send', key, msg: i, request: `r${i}` };
          sends.push(simulation.invoke('c1', node, body));
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
    { numRuns: draws(20) },
  );
});

test.each([
  ['', () => {}],
  [
    ' with a file made shorter',
    (simulation: Simulation<AppendLog>) => {
      for (const node of simulation.members) simulation.compact(node);
    },
  ],
])('a send that comes again under its name gets its offset, also after a crash%s', (_, before) => {
  const simulation = new Simulation((self) => new AppendLog(self), { seed: 1 });
  const send = (key: string, msg: number, request?: string): unknown =>
    simulation.ask('n1', { type: 'send', key, msg, ...(request === undefined ? {} : { request }) })
      .reply;
  expect(send('a', 1, 'r1')).toEqual({ offset: 0 });
  expect(send('a', 2)).toEqual({ offset: 1 });
  expect(send('a', 1, 'r1')).toEqual({ offset: 0 });
  before(simulation);
  for (const node of simulation.members) simulation.crash(node);
  expect(send('a', 1, 'r1')).toEqual({ offset: 0 });
  // Without a name, or under another key, it is another message.
  expect(send('a', 2)).toEqual({ offset: 2 });
  expect(send('b', 1, 'r1')).toEqual({ offset: 0 });
});

test('committed offsets only go forward, and survive a crash', () => {
  const simulation = new Simulation((self) => new AppendLog(self), { seed: 1, lossPercent: 20 });
  const ask = (type: string, fields: object): unknown =>
    simulation.ask('n1', { type, ...fields }).reply;
  expect(ask('commit_offsets', { offsets: { a: 5, b: 1, c: 0 } })).toEqual({});
  ask('commit_offsets', { offsets: { a: 3, b: 2 } });
  for (const node of simulation.members) simulation.crash(node);
  const offsets = { a: 5, b: 2, c: 0 };
  expect(ask('list_committed_offsets', { keys: ['a', 'b', 'c', 'd'] })).toEqual({ offsets });
});

test('malformed requests are rejected', () => {
  const simulation = new Simulation((self) => new AppendLog(self), { seed: 1 });
  for (const body of [
    { type: 'send', key: {}, msg: 1 },
    { type: 'send', key: 'a', msg: 1, request: 7 },
    { type: 'poll', offsets: [1] },
    { type: 'poll', offsets: { a: -1 } },
    { type: 'list_committed_offsets', keys: 'a' },
  ]) {
    expect(simulation.ask('n1', body).error).toMatchObject({ rpcCode: 12 });
  }
});
