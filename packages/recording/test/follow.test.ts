import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { FollowedLines } from '../src/json-lines.ts';

function fileIn(): string {
  const dir = mkdtempSync(join(tmpdir(), 'faultline-lines-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return join(dir, 'events.jsonl');
}

test('each call returns the lines that are new, and none twice', async () => {
  const path = fileIn();
  const lines = new FollowedLines<{ n: number }>(path);
  expect(await lines.next()).toEqual([]);
  writeFileSync(path, '{"n":1}\n{"n":2}\n');
  expect(await lines.next()).toEqual([{ n: 1 }, { n: 2 }]);
  expect(await lines.next()).toEqual([]);
  appendFileSync(path, '{"n":3}\n');
  expect(await lines.next()).toEqual([{ n: 3 }]);
});

test('a line that is half written waits for its other half, also within a character', async () => {
  const path = fileIn();
  const lines = new FollowedLines<{ text: string }>(path);
  const bytes = Buffer.from('{"text":"ä"}\n');
  const middle = bytes.indexOf(0xa4);
  writeFileSync(path, bytes.subarray(0, middle));
  expect(await lines.next()).toEqual([]);
  appendFileSync(path, bytes.subarray(middle));
  expect(await lines.next()).toEqual([{ text: 'ä' }]);
});

test('a file of many megabytes comes whole, in several calls', async () => {
  const path = fileIn();
  const count = 20_000;
  const all = Array.from({ length: count }, (_, n) => JSON.stringify({ n, text: 'x'.repeat(40) }));
  writeFileSync(path, `${all.join('\n')}\n`);
  const lines = new FollowedLines<{ n: number }>(path);
  const read: number[] = [];
  let calls = 0;
  for (let some = await lines.next(); some.length > 0; some = await lines.next()) {
    calls++;
    for (const { n } of some) read.push(n);
  }
  expect(read).toEqual(Array.from({ length: count }, (_, n) => n));
  expect(calls).toBeGreaterThan(1);
});
