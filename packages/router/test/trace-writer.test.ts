import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TraceReader } from '@faultline/recording';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TraceWriter } from '../src/trace-writer.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'faultline-trace-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function read(file: string): unknown[] {
  return [...new TraceReader().read(readFileSync(join(dir, file)))];
}

test('files are rotated at a size, each can be read alone, and the oldest are removed', () => {
  const writer = new TraceWriter({ dir, fileBytesMax: 200, filesMax: 3, onStopped: () => {} });
  for (let i = 0; i < 100; i++) {
    writer.link(true, `n${i % 7}`, 1, i, i);
    writer.flush();
  }
  const files = readdirSync(dir);
  expect(files.length).toBe(3);
  const events = files
    .sort((a, b) => Number(/\d+/.exec(a)![0]) - Number(/\d+/.exec(b)![0]))
    .flatMap(read) as { name: string; seq: number }[];
  expect(events.at(-1)).toMatchObject({ name: 'n1', seq: 99 });
  for (const { name, seq } of events) expect(name).toBe(`n${seq % 7}`);
});

test('a restarted router appends to the recording and overwrites nothing', () => {
  writeFileSync(join(dir, 'trace-7.bin'), 'of an earlier router');
  new TraceWriter({ dir, onStopped: () => {} }).start(5);
  expect(readdirSync(dir).sort()).toEqual(['trace-7.bin', 'trace-8.bin']);
  expect(read('trace-8.bin')).toEqual([{ kind: 'start', atMs: 5 }]);
});

test('routers that crash repeatedly lose nothing that earlier ones recorded', () => {
  const discarded: unknown[] = [];
  for (let atMs = 1; atMs <= 30; atMs++) {
    new TraceWriter({
      dir,
      onStopped: () => {},
      onDiscarded: (each) => discarded.push(each),
    }).start(atMs);
  }
  expect(readdirSync(dir)).toHaveLength(30);
  expect(read('trace-1.bin')).toEqual([{ kind: 'start', atMs: 1 }]);
  expect(discarded).toEqual([]);
});

test('a recording that cannot be written is reported once, and messages pass', () => {
  const stopped: string[] = [];
  rmSync(dir, { recursive: true });
  writeFileSync(dir, 'a file where a folder should be');
  expect(() => new TraceWriter({ dir, onStopped: () => {} })).toThrow();
  rmSync(dir);
  const writer = new TraceWriter({
    dir,
    fileBytesMax: 1,
    onStopped: ({ code }) => stopped.push(code!),
  });
  rmSync(dir, { recursive: true });
  // The open file takes what comes; the next one has no folder to be in.
  writer.link(true, 'n1', 1, 0, 0);
  writer.flush();
  writer.link(true, 'n1', 1, 1, 1);
  writer.flush();
  expect(stopped).toEqual(['ENOENT']);
  expect(writer.isRecording).toBe(false);
});
