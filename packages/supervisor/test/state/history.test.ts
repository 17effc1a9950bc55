import fs from 'node:fs';
import { type CallResult, FaultlineError, type HistoryEntry } from '@faultline/protocol';
import { afterAll, afterEach, expect, test } from 'vitest';
import { History } from '../../src/state/history.ts';
import { replaceable, restoreFileSystem } from '../helpers/file-system.ts';
import { Folder } from '../helpers/folder.ts';

const reallyWrite = fs.writeSync;
const writeSync = replaceable('writeSync');

afterEach(() => void writeSync.mockReset());
afterAll(restoreFileSystem);

class Recorded implements Disposable {
  readonly #folder = new Folder();
  nowMs = 1000;
  readonly path = this.#folder.at('history.jsonl');
  readonly stopped: string[] = [];
  readonly history = new History({
    path: this.path,
    epochMs: 1000,
    trueNowMs: () => this.nowMs++,
    onStopped: (reason) => this.stopped.push(reason),
  });

  get entries(): HistoryEntry[] {
    const text = fs.readFileSync(this.path, 'utf8');
    expect(text === '' || text.endsWith('\n')).toBe(true);
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as HistoryEntry);
  }

  call(answer: (onSent: (id: string) => void) => Promise<CallResult>): Promise<unknown> {
    const request = { type: 'write', msg_id: 4, key: 'x' };
    return this.history.observe({ client: 'c1', node: 'n1', request }, answer).catch(() => {});
  }

  [Symbol.dispose](): void {
    this.history.close();
    this.#folder[Symbol.dispose]();
  }
}

const answer: CallResult = {
  ...{ node: 'n1', client: 'c1', message: 'c1.1.1', ms: 1 },
  body: { type: 'write_ok', in_reply_to: 4, version: 7 },
};

test('a call is two lines, the request and the answer', async () => {
  using recorded = new Recorded();
  await recorded.call(async (onSent) => {
    onSent('c1.1.1');
    return answer;
  });
  const both = { process: 'c1', f: 'write', node: 'n1', message: 'c1.1.1' };
  expect(recorded.entries).toEqual([
    { index: 0, atMs: 0, type: 'invoke', ...both, value: { key: 'x' } },
    { index: 1, atMs: 1, type: 'ok', ...both, value: { version: 7 } },
  ]);
});

test.each([
  ['an error that is definite', 'CALL_REFUSED', { errorCode: 20, isDefinite: true }, 'fail', 20],
  ['an error that is not', 'CALL_REFUSED', { errorCode: 13, isDefinite: false }, 'info', 13],
  ['an unknown outcome', 'CALL_UNKNOWN', { errorCode: 13 }, 'info', 13],
  ['no answer in time', 'CALL_UNKNOWN', {}, 'info', 0],
  ['a router that was away', 'ROUTER_DOWN', {}, 'fail', 'ROUTER_DOWN'],
  ['an unexpected error', 'INTERNAL', {}, 'info', 'INTERNAL'],
] as const)('%s makes a call end as it should', async (_, code, facts, type, number) => {
  using recorded = new Recorded();
  await recorded.call(async (onSent) => {
    onSent('c1.1.1');
    throw new FaultlineError(code, 'no', facts);
  });
  const error = { code: number, text: 'no' };
  expect(recorded.entries).toMatchObject([
    { type: 'invoke' },
    { type, value: { key: 'x' }, error },
  ]);
});

test('a request that was never sent has failed, whatever the reason', async () => {
  using recorded = new Recorded();
  await recorded.call(async () => {
    throw new FaultlineError('INTERNAL', 'no');
  });
  expect(recorded.entries).toMatchObject([
    { type: 'invoke', message: null },
    { type: 'fail', message: null },
  ]);
});

test('a disk that fills up ends the history with a complete line, is reported once, and calls continue', async () => {
  using recorded = new Recorded();
  await recorded.call(async () => answer);
  writeSync.mockImplementation(((file: number, line: Buffer) => {
    reallyWrite(file, line, 0, 5);
    throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
  }) as unknown as typeof fs.writeSync);
  expect(await recorded.call(async () => answer)).toEqual(answer);
  await recorded.call(async () => answer);
  expect(recorded.stopped).toEqual(['no space left']);
  expect(recorded.entries).toHaveLength(1);
});
