import { messageId, type TraceEvent } from '@faultline/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draws } from '../../../test/helpers/draws.ts';
import { beforeInWords, buildRun, compareMoments, type Run } from '../src/index.ts';
import { type Execution, eachPair, executions, info, reachability } from './helpers/execution.ts';

const build = ({ facts }: Pick<Execution, 'facts'>): Run =>
  buildRun({ run: info, facts, events: [], history: [] });

/** The steps of the execution that sent a message, with its id. */
function sends(run: Run, { steps }: Execution): { index: number; id: string }[] {
  return steps.flatMap(({ name, incarnation, place }, index) => {
    const step = run.process(name, incarnation).steps[place]!;
    return run.kind(step) === 'send' ? [{ index, id: run.id(run.steps.message.get(step)) }] : [];
  });
}

test('happened-before equals reachability along program order and messages, in both directions', () => {
  fc.assert(
    fc.property(executions, (execution) => {
      const run = build(execution);
      const sent = sends(run, execution);
      const isReachable = reachability(execution.steps);
      eachPair(sent.length, (i, j) => {
        const [a, b] = [sent[i]!, sent[j]!];
        const { order } = compareMoments(run, a.id, b.id);
        const expected =
          a.index === b.index
            ? 'same'
            : isReachable(a.index, b.index)
              ? 'a first'
              : isReachable(b.index, a.index)
                ? 'b first'
                : 'neither';
        if (order !== expected) expect.unreachable(`${a.id} and ${b.id}: ${order}, ${expected}`);
      });
    }),
    { numRuns: draws(50) },
  );
});

test('a chain leads from the first to the last moment, each message received before the next was sent', () => {
  fc.assert(
    fc.property(executions, (execution) => {
      const run = build(execution);
      const sent = sends(run, execution);
      eachPair(sent.length, (i, j) => {
        const { a, b, order, chain } = compareMoments(run, sent[i]!.id, sent[j]!.id);
        if (chain.length === 0) return;
        const [early, late] = order === 'a first' ? [a, b] : [b, a];
        /** A position: a process, and how many of its steps are behind. */
        let at = { owner: early.owner, place: early.first };
        for (const message of chain) {
          const send = run.messages.send.get(message);
          expect(run.steps.owner.get(send)).toBe(at.owner);
          expect(run.steps.place.get(send)).toBeGreaterThanOrEqual(at.place);
          const owner = run.processes.find(
            ({ name, index }) =>
              name === run.dest(message) &&
              [...run.processes[index]!.steps].some((step) => run.cause(step) === send),
          )!;
          const received = owner.steps.find((step) => run.cause(step) === send)!;
          at = { owner: owner.index, place: run.steps.place.get(received) };
        }
        expect(at.owner).toBe(late.owner);
        expect(at.place).toBeLessThanOrEqual(late.first);
      });
    }),
    { numRuns: draws(30) },
  );
});

test('a node with a time means the steps it had taken by then', () => {
  const stampsAt = (trueMs: number) => ({
    ...{ wallMs: trueMs, trueMs, lamport: 1, hybridMs: 0, hybridCounter: 0 },
  });
  const message = (seq: number, src: string, dest: string, atMs: number): TraceEvent => ({
    ...{ kind: 'fate', id: messageId(src, 1, seq), copy: 0, src, dest, type: 'note' },
    ...{ fate: 'delivered', rules: [], atMs, arrivedMs: atMs, bodyBytes: 2, ordinal: 1 },
    ...{ stamps: stampsAt(atMs), isReply: false, incarnation: 1, seq },
  });
  const joined = (name: string): TraceEvent => ({
    ...{ kind: 'link', up: true, name, incarnation: 1, seq: 0, atMs: 1000 },
  });
  const received = {
    node: 'n2',
    incarnation: 1,
    id: 'n1.1.1',
    atMs: 1150,
    stamps: stampsAt(1150),
  } as const;
  const run = build({
    facts: [
      joined('n1'),
      joined('n2'),
      message(1, 'n1', 'n2', 1100),
      { kind: 'receive', did: 'handled', ...received },
      message(1, 'n2', 'n1', 1300),
    ],
  });
  const order = (a: string, b: string) => compareMoments(run, a, b).order;
  expect(order('n1@50ms', 'n2@200ms')).toBe('a first');
  expect(order('n1@200ms', 'n2@250ms')).toBe('neither');
  expect(order('n2@120ms', 'n1@200ms')).toBe('neither');
  expect(order('n2@250ms', 'n1.1.1')).toBe('b first');
  expect(order('n2@120ms', 'n2.1.1')).toBe('a first');
  expect(order('n1.1.1', 'n1.1.1')).toBe('same');
  expect(beforeInWords(run, compareMoments(run, 'n1.1.1', 'n2.1.1')).join('\n')).toMatch(
    /^n1\.1\.1 happened before n2\.1\.1, by a chain of 1 message:\n {2}n1\.1\.1: n1 sent note to n2/,
  );
  expect(() => order('n9@1s', 'n1.1.1')).toThrow(/n9 took no step/);
});
