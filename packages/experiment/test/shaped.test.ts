/** Retries of a client with one id are one operation to checkers. */
import { appendList, checkLinearizable, type Operation } from '@faultline/history';
import { expect, test } from 'vitest';
import { logLoad } from '../src/index.ts';
import { shapedBy } from '../src/workloads/shaped.ts';

type Asked = Partial<Operation> & Pick<Operation, 'type' | 'invokedMs' | 'endedMs'>;

const send = (request: string, msg: number, asked: Asked): Asked => ({
  f: 'send',
  key: 'k1',
  input: { msg, request },
  ...asked,
});
const poll = (messages: readonly (readonly [number, number])[], asked: Asked): Asked => ({
  process: 'c2',
  f: 'poll',
  key: 'k1',
  input: {},
  output: { msgs: messages.map((pair) => [...pair]) },
  ...asked,
});
const history = (...operations: Asked[]): Operation[] =>
  operations.map((one, index) => ({ process: 'c1', index, ...one }) as Operation);

/** The first reply is lost, another client reads the message, and the retry gets its offset. */
const askedTwice = history(
  send('m7', 7, { type: 'info', invokedMs: 0, endedMs: 50, message: 'c1.1.1' }),
  poll([[0, 7]], { type: 'ok', invokedMs: 51, endedMs: 52 }),
  send('m7', 7, {
    type: 'ok',
    invokedMs: 60,
    endedMs: 61,
    message: 'c1.1.2',
    output: { offset: 0 },
  }),
  send('m8', 8, { type: 'ok', invokedMs: 62, endedMs: 63, output: { offset: 1 } }),
);
const options = { clients: 1, keys: 1, operations: 1, retries: 5 };
const verdict = (operations: readonly Operation[], named: boolean) =>
  checkLinearizable(shapedBy(logLoad({ ...options, named }), operations), appendList).verdict;

test('a message that is sent again with its id is one append', () => {
  const shaped = shapedBy(logLoad({ ...options, named: true }), askedTwice);
  expect(shaped.map(({ index, f, input }) => [index, f, input])).toEqual([
    [0, 'append', 7],
    [1, 'read', null],
    [3, 'append', 8],
  ]);
  expect(shaped[0]).toMatchObject({ invokedMs: 0, endedMs: 61, type: 'ok', message: 'c1.1.2' });
  expect(verdict(askedTwice, true)).toBe('ok');
  // Without ids each attempt is an append, and the second cannot have the offset of the first.
  expect(verdict(askedTwice, false)).toBe('violated');
});

test('detects a program that appends a message with an id twice', () => {
  const twice = poll(
    [
      [0, 7],
      [1, 7],
    ],
    { type: 'ok', invokedMs: 70, endedMs: 71 },
  );
  expect(verdict(history(...askedTwice.slice(0, 3), twice), true)).toBe('violated');
});

test('attempts without a reply stay unknown, even if the last was rejected', () => {
  const refused = send('m7', 7, { type: 'fail', invokedMs: 60, endedMs: 61 });
  const [shaped, ...more] = shapedBy(
    logLoad({ ...options, named: true }),
    history(askedTwice[0]!, refused),
  );
  expect(more).toEqual([]);
  expect(shaped).toMatchObject({ type: 'info', index: 0, invokedMs: 0 });
});

test('never merges messages of two clients or on two keys', () => {
  const info = { type: 'info', invokedMs: 0, endedMs: 1 } as const;
  const others = history(
    send('m7', 7, info),
    send('m7', 7, { ...info, process: 'c3' }),
    send('m7', 7, { ...info, key: 'k2' }),
  );
  expect(shapedBy(logLoad({ ...options, named: true }), others)).toHaveLength(3);
});
