import { readFileSync, rmSync, statSync } from 'node:fs';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { LogBook } from '../../src/nodes/log-book.ts';
import { Folder } from '../helpers/folder.ts';

class Book implements Disposable {
  readonly #folder = new Folder();
  readonly path = this.#folder.at('n1.log');
  nowMs = 0;
  readonly log = new LogBook(this.path, () => this.nowMs);

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
  using book = new Book();
  await book.print(['on', 'e\ntwo\n\nfo', 'ur']);
  expect(book.texts).toEqual(['one', 'two', '', 'four']);
  expect(book.file).toBe('one\ntwo\n\nfour\n');
});

test('a character split between two chunks is one character', async () => {
  using book = new Book();
  const bytes = Buffer.from('größe €\n');
  await book.print([...bytes].map((byte) => Buffer.of(byte)));
  expect(book.texts).toEqual(['größe €']);
});

test('bytes that are not text break neither the lines around them nor the log', async () => {
  using book = new Book();
  await book.print(['before\n', Buffer.of(0xff, 0x00, 0xfe, 0xc3, 0x0a, 0x1b), 'after\n']);
  expect(book.texts).toHaveLength(3);
  expect(book.texts[0]).toBe('before');
  expect(book.texts[1]).toContain('\ufffd');
  expect(book.texts[2]).toBe('\x1bafter');
});

test('a line is cut where it gets too long, and the next one is whole', async () => {
  using book = new Book();
  await book.print([`${'x'.repeat(9000)}\nnext\n`]);
  expect(book.texts).toEqual([`${'x'.repeat(8192)}…`, 'next']);
});

test('a line that never ends is cut as it arrives, and memory stays bounded', async () => {
  using book = new Book();
  await book.print(Array.from({ length: 20 }, () => 'x'.repeat(5000)));
  expect(book.texts.length).toBeGreaterThan(1);
  for (const text of book.texts) expect(text.length).toBeLessThanOrEqual(8193);
});

test('memory keeps the latest lines only', async () => {
  using book = new Book();
  const lines = Array.from({ length: 5000 }, (_, i) => `line ${i}\n`);
  // One chunk and many chunks have separate bounds.
  await book.print([lines.join('')]);
  expect(book.texts).toEqual(lines.slice(-book.texts.length).map((line) => line.trimEnd()));
  expect(book.texts.length).toBeGreaterThanOrEqual(1000);
  await book.print(lines);
  expect(book.texts.length).toBeGreaterThanOrEqual(1000);
  expect(book.texts.length).toBeLessThanOrEqual(2000);
  expect(book.texts.at(-1)).toBe('line 4999');
  expect(book.log.latest(2).map(({ text }) => text)).toEqual(['line 4998', 'line 4999']);
});

test('lines consumed by another reader are omitted from memory and from the file', async () => {
  using book = new Book();
  await book.print(['mine\nthe inspector listens\nthe inspector'], (line) => line === 'mine');
  expect(book.texts).toEqual(['mine']);
  expect(book.file).toBe('mine\n');
});

test('a line has the time at which it arrived', async () => {
  using book = new Book();
  book.nowMs = 7;
  await book.print(['a\n']);
  book.nowMs = 9;
  await book.print(['b\n']);
  expect(book.log.latest(9)).toEqual([
    { atMs: 7, text: 'a' },
    { atMs: 9, text: 'b' },
  ]);
});

test('a log file that has grown too large is rotated, and its kept size is bounded', async () => {
  using book = new Book();
  const megabyte = `${'x'.repeat(127)}\n`.repeat(8192);
  const stream = new PassThrough();
  // Backpressure does not matter here: a stream that is never paused emits all its data at once.
  stream.pause = () => stream;
  book.log.read(stream);
  await pipeline(Readable.from(Array.from({ length: 20 }, () => Buffer.from(megabyte))), stream);
  const bytes = [book.path, `${book.path}.1`].map((path) => statSync(path).size);
  for (const size of bytes) expect(size).toBeLessThanOrEqual(9 * 2 ** 20);
  expect(bytes[1]).toBeGreaterThan(8 * 2 ** 20);
});

test('a program that floods its output is not read for a moment', () => {
  using book = new Book();
  const stream = new PassThrough();
  book.log.read(stream);
  stream.write('a line\n');
  stream.emit('data', Buffer.from('a line\n'));
  expect(stream.isPaused()).toBe(false);
  stream.emit('data', Buffer.from('x'.repeat(300 * 1024)));
  expect(stream.isPaused()).toBe(true);
});

test('a new start of the node continues the same file', async () => {
  using book = new Book();
  await book.print(['first\n']);
  book.log.close();
  await book.print(['second\n']);
  expect(book.file).toBe('first\nsecond\n');
  expect(statSync(book.path).mode & 0o777).toBe(0o600);
});

test('if the file cannot be written, memory still has the lines', async () => {
  using folder = new Folder();
  const path = folder.at('gone', 'n1.log');
  rmSync(folder.path, { recursive: true });
  const log = new LogBook(path, () => 0);
  const stream = new PassThrough();
  log.read(stream);
  await pipeline(Readable.from([Buffer.from('kept\n')]), stream);
  expect(log.latest(9).map(({ text }) => text)).toEqual(['kept']);
});
