/** Logs of Jepsen as they come, with all that stands beside the entries. */
import { expect, test } from 'vitest';
import { checkLinearizable, readHistory, register } from '../src/index.ts';

const modern = `\uFEFF2023-03-01 11:59:58,001{GMT}	INFO	[jepsen test runner] jepsen.core: Test version 1a2b
2023-03-01 12:00:00,120{GMT}	INFO	[jepsen worker 0] jepsen.util: 0	:invoke	:write	1
2023-03-01 12:00:00,120{GMT}	INFO	[jepsen nemesis] jepsen.util: :nemesis	:info	:start-partition	:majority
2023-03-01 12:00:00,121{GMT}	INFO	[jepsen nemesis] jepsen.util: :nemesis	:info	:start-partition	:majority
2023-03-01 12:00:00,123{GMT}	INFO	[jepsen worker 0] jepsen.util: 0	:ok	:write	1
2023-03-01 12:00:00,125{GMT}	WARN	[jepsen worker 1] jepsen.client: reconnecting
java.net.SocketTimeoutException: Read timed out
2023-03-01 12:00:00,130{GMT}	INFO	[jepsen worker 1] jepsen.util: 1	:invoke	:cas	[1 2]
2023-03-01 12:00:00,135{GMT}	INFO	[jepsen worker 1] jepsen.util: 1	:fail	:cas	[1 2]	:not-found
2023-03-01 12:00:00,140{GMT}	INFO	[jepsen worker 2] jepsen.util: 2	:invoke	:write-if	{:old 1, :new 3}
2023-03-01 12:00:00,150{GMT}	INFO	[jepsen worker 2] jepsen.util: 2	:info	:write-if	{:old 1, :new 3}	[:timeout "socket"]
2023-03-01 12:00:00,160{GMT}	INFO	[jepsen worker 0] jepsen.util: 0	:invoke	:read	nil
2023-03-01 12:00:00,170{GMT}	INFO	[jepsen worker 0] jepsen.util: 0	:ok	:read	2
`;

test('entries are read with their values and errors, the nemesis as a fault, and other lines are ignored', () => {
  const { operations, faults } = readHistory(modern);
  expect(operations).toMatchObject([
    { process: '0', f: 'write', input: 1, type: 'ok', invokedMs: 1 },
    { process: '1', f: 'cas', input: [1, 2], type: 'fail', error: { code: -1, text: 'not-found' } },
    { f: 'write-if', input: { old: 1, new: 3 }, type: 'info', error: { text: 'timeout: socket' } },
    { f: 'read', type: 'ok', output: 2 },
  ]);
  expect(faults).toMatchObject([{ toMs: null }]);
});

test('a log with a read of a value that was never written is violated', () => {
  const text = modern.replaceAll(/^.*:write-if.*\n/gm, '');
  expect(checkLinearizable(readHistory(text), register).verdict).toBe('violated');
});

test('an unknown kind of operation makes the history unknown', () => {
  const text = modern.replace('\t:read\t2', '\t:read\t1');
  expect(checkLinearizable(readHistory(text), register).verdict).toBe('unknown');
});

test.each([
  ['lines', '{"type":"invoke","process":"c1","atMs":1,"f":"read"}'],
  ['edn', '{:type :invoke, :process 0, :f :read}'],
  ['json', '[{"type":"invoke","process":0,"f":"read"}]'],
  ['log', 'INFO  jepsen.util - 0\t:invoke\t:read\tnil'],
])('a byte order mark in front of %s says nothing', (_, text) => {
  expect(readHistory(`\uFEFF${text}`)).toEqual(readHistory(text));
  expect(readHistory(text).operations).toHaveLength(1);
});

const jepsen = (f: string, asked: string, answered: string): string =>
  `{:type :invoke, :process 0, :f :${f}, :value ${asked}}\n{:type :ok, :process 0, :f :${f}, :value ${answered}}`;

test('an answer that equals its request is kept, except where Jepsen only repeats it', () => {
  const outputOf = (text: string) => readHistory(text).operations[0]!.output;
  expect(outputOf(jepsen('dequeue', '1', '1'))).toBe(1);
  expect(outputOf(jepsen('drain', '[1]', '[1]'))).toEqual([1]);
  expect(outputOf(jepsen('my-own', '1', '1'))).toBe(1);
  expect(outputOf(jepsen('write', '1', '1'))).toBeNull();
  expect(outputOf(jepsen('write', '1', '2'))).toBe(2);
  const answer = '{"type":"ok","process":"c1","atMs":2,"f":"add","value":{"value":1}}';
  const lines = `{"type":"invoke","process":"c1","atMs":1,"f":"add","value":{"delta":1}}\n${answer}`;
  expect(outputOf(lines)).toBe(1);
});
