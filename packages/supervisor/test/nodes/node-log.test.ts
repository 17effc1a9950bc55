import { readFileSync, rmSync, statSync } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { NodeLog } from '../../src/nodes/node-log.ts';
import { Folder } from '../helpers/folder.ts';

class TestLog implements Disposable {
  readonly #folder = new Folder();
  readonly path = this.#folder.at('n1.log');
  nowMs = 0;
  readonly log = new NodeLog(this.path, () => this.nowMs);

  /** Reads these chunks as a process would print them, to the end. */
  async print(chunks: readonly (string | Buffer)[], keep?: (line: string) => boolean) {
    const stream = new PassThrough();
    this.log.read(stream, keep);
    await pipeline(Readable.from(chunks.map((chunk) => Buffer.from(chunk as string))), stream);
  }

  get texts(): string[] {
    return this.log.latest(10_000).map(({ text }) => text);
  }

  get file(): string {
    return readFileSync(this.path, 'utf8');
  }

  [Symbol.dispose](): void {
    this.log.close();
    this.#folder[Symbol.dispose]();
  }
}

test('lines are assembled from any chunks, including a last line without an end', async () => {
  using log = new TestLog();
  await log.print(['on', 'e\ntwo\n\nfo', 'ur']);
  expect(log.texts).toEqual(['one', 'two', '', 'four']);
  expect(log.file).toBe('one\ntwo\n\nfour\n');
});

test('a character split between two chunks is one character', async () => {
  using log = new TestLog();
  const bytes = Buffer.from('größe €\n');
  await log.print([...bytes].map((byte) => Buffer.of(byte)));
  expect(log.texts).toEqual(['größe €']);
});

test('bytes that are not text break neither the lines around them nor the log', async () => {
  using log = new TestLog();
  await log.print(['before\n', Buffer.of(0xff, 0x00, 0xfe, 0xc3, 0x0a, 0x1b), 'after\n']);
  expect(log.texts).toHaveLength(3);
  expect(log.texts[0]).toBe('before');
  expect(log.texts[1]).toContain('\ufffd');
  expect(log.texts[2]).toBe('\x1bafter');
});

test('a line is cut where it gets too long, and the next one is whole', async () => {
  using log = new TestLog();
  await log.print([`${'x'.repeat(9000)}\nnext\n`]);
  expect(log.texts).toEqual([`${'x'.repeat(8192)}…`, 'next']);
});

test('a line that never ends is cut as it arrives, and memory stays bounded', async () => {
  using log = new TestLog();
  await log.print(Array.from({ length: 20 }, () => 'x'.repeat(5000)));
  expect(log.texts.length).toBeGreaterThan(1);
  for (const text of log.texts) expect(text.length).toBeLessThanOrEqual(8193);
});

test('memory keeps the latest lines only', async () => {
  using log = new TestLog();
  const lines = Array.from({ length: 5000 }, (_, i) => `line ${i}\n`);
  // One chunk and many chunks have separate bounds.
  await log.print([lines.join('')]);
  expect(log.texts).toEqual(lines.slice(-log.texts.length).map((line) => line.trimEnd()));
  expect(log.texts.length).toBeGreaterThanOrEqual(1000);
  await log.print(lines);
  expect(log.texts.length).toBeGreaterThanOrEqual(1000);
  expect(log.texts.length).toBeLessThanOrEqual(2000);
  expect(log.texts.at(-1)).toBe('line 4999');
  expect(log.log.latest(2).map(({ text }) => text)).toEqual(['line 4998', 'line 4999']);
});

test('lines consumed by another reader are omitted from memory and from the file', async () => {
  using log = new TestLog();
  await log.print(['mine\nthe inspector listens\nthe inspector'], (line) => line === 'mine');
  expect(log.texts).toEqual(['mine']);
  expect(log.file).toBe('mine\n');
});

test('a line has the time at which it arrived', async () => {
  using log = new TestLog();
  log.nowMs = 7;
  await log.print(['a\n']);
  log.nowMs = 9;
  await log.print(['b\n']);
  expect(log.log.latest(9)).toEqual([
    { atMs: 7, text: 'a' },
    { atMs: 9, text: 'b' },
  ]);
});

test('a log file that has grown too large is rotated, and its kept size is bounded', async () => {
  using log = new TestLog();
  const megabyte = `${'x'.repeat(127)}\n`.repeat(8192);
  const stream = new PassThrough();
  // Backpressure does not matter here: a stream that is never paused emits all its data at once.
  stream.pause = () => stream;
  log.log.read(stream);
  await pipeline(Readable.from(Array.from({ length: 20 }, () => Buffer.from(megabyte))), stream);
  const bytes = [log.path, `${log.path}.1`].map((path) => statSync(path).size);
  for (const size of bytes) expect(size).toBeLessThanOrEqual(9 * 2 ** 20);
  expect(bytes[1]).toBeGreaterThan(8 * 2 ** 20);
});

test('a program that floods its output is not read for a moment', () => {
  using log = new TestLog();
  const stream = new PassThrough();
  log.log.read(stream);
  stream.write('a line\n');
  stream.emit('data', Buffer.from('a line\n'));
  expect(stream.isPaused()).toBe(false);
  stream.emit('data', Buffer.from('x'.repeat(300 * 1024)));
  expect(stream.isPaused()).toBe(true);
});

test('a new start of the node continues the same file', async () => {
  using log = new TestLog();
  await log.print(['first\n']);
  log.log.close();
  await log.print(['second\n']);
  expect(log.file).toBe('first\nsecond\n');
  expect(statSync(log.path).mode & 0o777).toBe(0o600);
});

test('if the file cannot be written, memory still has the lines', async () => {
  using folder = new Folder();
  const path = folder.at('gone', 'n1.log');
  rmSync(folder.path, { recursive: true });
  const log = new NodeLog(path, () => 0);
  const stream = new PassThrough();
  log.read(stream);
  await pipeline(Readable.from([Buffer.from('kept\n')]), stream);
  expect(log.latest(9).map(({ text }) => text)).toEqual(['kept']);
});
