import { mkdirSync, writeFileSync } from 'node:fs';
import type { Fate, TraceQuery } from '@faultline/protocol';
import { expect, test } from 'vitest';
import { readLosses, readTrace } from '../src/read-trace.ts';
import { Folder } from './helpers/folder.ts';
import { TraceFile } from './helpers/trace.ts';

/** A run directory with these trace files, and what else lies in one. */
function run(files: Readonly<Record<string, TraceFile | Buffer>>): Folder {
  const folder = new Folder();
  folder.write('events.jsonl', '');
  mkdirSync(folder.at('logs'));
  for (const [name, file] of Object.entries(files)) {
    writeFileSync(folder.at(name), file instanceof TraceFile ? file.bytes : file);
  }
  return folder;
}

const found = async (folder: Folder, query: TraceQuery = {}): Promise<string[]> =>
  (await readTrace(folder.path, query)).map(({ id, fate }) => `${id} ${fate}`);

const delivered = (file: TraceFile, from: number, to: number): TraceFile => {
  for (let seq = from; seq <= to; seq++) {
    file.fate({ src: 'n1', dest: 'n2', seq, fate: 'delivered' });
  }
  return file;
};

test('a run without a recording has no messages', async () => {
  using folder = run({});
  expect(await found(folder)).toEqual([]);
  expect(await readLosses(folder.path, 0, 9)).toEqual({ count: 0, messages: [] });
});

test('the latest come, oldest first, and as many as are asked for', async () => {
  using folder = run({ 'trace-1.bin': delivered(new TraceFile(), 1, 500) });
  expect(await found(folder, { limit: 3 })).toEqual([
    'n1.1.498 delivered',
    'n1.1.499 delivered',
    'n1.1.500 delivered',
  ]);
  expect(await found(folder)).toHaveLength(100);
});

test('files are read in the order of their numbers, which is not that of the alphabet', async () => {
  using folder = run({
    'trace-2.bin': delivered(new TraceFile(), 2, 2),
    'trace-10.bin': delivered(new TraceFile(), 3, 3),
    'trace-1.bin': delivered(new TraceFile(), 1, 1),
    // No trace files, whatever their names look like.
    'trace-3.bin.tmp': Buffer.from('garbage'),
    'trace-x.bin': Buffer.from('garbage'),
  });
  expect(await found(folder)).toEqual(['n1.1.1 delivered', 'n1.1.2 delivered', 'n1.1.3 delivered']);
});

test('a recording of several megabytes is read whole, records across pieces included', async () => {
  using folder = run({ 'trace-1.bin': delivered(new TraceFile(), 1, 40_000) });
  const all = await readTrace(folder.path, { limit: 40_000 });
  expect(all.map(({ seq }) => seq)).toEqual(Array.from({ length: 40_000 }, (_, i) => i + 1));
});

const kinds: readonly [string, string, string, Fate][] = [
  ['n1', 'n2', 'ping', 'delivered'],
  ['n1', 'n2', 'pong', 'cut'],
  ['n1', 'n3', 'ping', 'cut'],
  ['n2', 'n1', 'ping', 'lost'],
];

test.each<[string, TraceQuery, readonly string[]]>([
  ['sender', { src: 'n1' }, ['n1.1.1', 'n1.1.2', 'n1.1.3']],
  ['receiver', { dest: 'n2' }, ['n1.1.1', 'n1.1.2']],
  ['type', { type: 'ping' }, ['n1.1.1', 'n1.1.3', 'n2.1.1']],
  ['fate', { fate: 'cut' }, ['n1.1.2', 'n1.1.3']],
  ['id', { id: 'n2.1.1' }, ['n2.1.1']],
  ['all of these at once', { src: 'n1', fate: 'cut', type: 'ping' }, ['n1.1.3']],
])('messages can be asked for by %s', async (_, query, ids) => {
  const file = new TraceFile();
  const lastSeq = new Map<string, number>();
  for (const [src, dest, type, fate] of kinds) {
    const seq = (lastSeq.get(src) ?? 0) + 1;
    lastSeq.set(src, seq);
    file.fate({ src, dest, type, fate, seq });
  }
  using folder = run({ 'trace-1.bin': file });
  expect((await readTrace(folder.path, query)).map(({ id }) => id)).toEqual(ids);
});

test('what a router held when it was killed is told, though nobody could write it', async () => {
  using folder = run({
    'trace-1.bin': new TraceFile()
      .start(0)
      .fate({ src: 'n1', dest: 'n2', seq: 1, fate: 'held' })
      .fate({ src: 'n1', dest: 'n2', seq: 2, fate: 'delivered' }),
    'trace-2.bin': new TraceFile().start(10).linkUp('n1', 4, 11),
  });
  expect(await found(folder, { fate: 'router down' })).toEqual([
    'n1.1.1 router down',
    'n1.1.3 router down',
    'n1.1.4 router down',
  ]);
  expect(await readLosses(folder.path, 10, 2)).toEqual({
    count: 3,
    messages: ['n1.1.1', 'n1.1.3'],
  });
  expect(await readLosses(folder.path, 12, 9)).toEqual({ count: 0, messages: [] });
});

test('copies of one message are one loss', async () => {
  using folder = run({
    'trace-1.bin': new TraceFile()
      .fate({ src: 'n1', dest: 'n2', seq: 1, fate: 'held' })
      .fate({ src: 'n1', dest: 'n2', seq: 1, copy: 1, fate: 'held' })
      .start(10),
  });
  expect(await found(folder, { fate: 'router down' })).toHaveLength(2);
  expect(await readLosses(folder.path, 0, 9)).toEqual({ count: 1, messages: ['n1.1.1'] });
});

// The router throws its oldest files away: then what came before the first message is not lost.
test('what stood in a file that is gone is not taken for lost', async () => {
  using whole = run({ 'trace-1.bin': new TraceFile().linkUp('n1', 3, 1) });
  using later = run({ 'trace-2.bin': new TraceFile().linkUp('n1', 3, 1) });
  expect((await readLosses(whole.path, 0, 9)).count).toBe(3);
  expect((await readLosses(later.path, 0, 9)).count).toBe(0);
});

test('a last record that a crash has torn is passed over', async () => {
  const { bytes } = delivered(new TraceFile(), 1, 3);
  using folder = run({ 'trace-1.bin': bytes.subarray(0, bytes.length - 5) });
  expect(await found(folder)).toEqual(['n1.1.1 delivered', 'n1.1.2 delivered']);
});
