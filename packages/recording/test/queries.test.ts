import type { Fate, TraceQuery } from '@faultline/protocol';
import { expect, test } from 'vitest';
import { readLosses, readTrace } from '../src/index.ts';
import type { Folder } from './helpers/folder.ts';
import { runFolder } from './helpers/run.ts';
import { TraceFile } from './helpers/trace-file.ts';

const found = async (folder: Folder, query: TraceQuery = {}): Promise<string[]> =>
  (await readTrace(folder.path, query, 0)).map(({ id, fate }) => `${id} ${fate}`);

const delivered = (file: TraceFile, from: number, to: number): TraceFile => {
  for (let seq = from; seq <= to; seq++) {
    file.fate({ src: 'n1', dest: 'n2', seq, fate: 'delivered' });
  }
  return file;
};

test('a run without a recording has no messages', async () => {
  using folder = runFolder({});
  expect(await found(folder)).toEqual([]);
  expect(await readLosses(folder.path, 0, 9)).toEqual({ count: 0, messages: [] });
});

test('the latest messages come oldest first, as many as requested', async () => {
  using folder = runFolder({ 'trace-1.bin': delivered(new TraceFile(), 1, 500) });
  expect(await found(folder, { limit: 3 })).toEqual([
    'n1.1.498 delivered',
    'n1.1.499 delivered',
    'n1.1.500 delivered',
  ]);
  expect(await found(folder)).toHaveLength(100);
});

test('files are read in numeric, not alphabetical, order', async () => {
  using folder = runFolder({
    'trace-2.bin': delivered(new TraceFile(), 2, 2),
    'trace-10.bin': delivered(new TraceFile(), 3, 3),
    'trace-1.bin': delivered(new TraceFile(), 1, 1),
    // Not trace files, although their names look similar.
    'trace-3.bin.tmp': Buffer.from('garbage'),
    'trace-x.bin': Buffer.from('garbage'),
  });
  expect(await found(folder)).toEqual(['n1.1.1 delivered', 'n1.1.2 delivered', 'n1.1.3 delivered']);
});

test('a recording of several megabytes is read completely, including records across chunks', async () => {
  using folder = runFolder({ 'trace-1.bin': delivered(new TraceFile(), 1, 40_000) });
  const all = await readTrace(folder.path, { limit: 40_000 }, 0);
  expect(all.map(({ seq }) => seq)).toEqual(Array.from({ length: 40_000 }, (_, i) => i + 1));
});

const kinds: readonly [string, string, string, Fate, string?][] = [
  ['n1', 'n2', 'ping', 'delivered'],
  ['n1', 'n2', 'pong', 'cut', 'r1,r2'],
  ['n1', 'n3', 'ping', 'cut'],
  ['n2', 'n1', 'ping', 'lost'],
];

test.each<[string, TraceQuery, readonly string[]]>([
  ['sender', { src: 'n1' }, ['n1.1.1', 'n1.1.2', 'n1.1.3']],
  ['receiver', { dest: 'n2' }, ['n1.1.1', 'n1.1.2']],
  ['type', { type: 'ping' }, ['n1.1.1', 'n1.1.3', 'n2.1.1']],
  ['the beginning of a type', { type: 'po*' }, ['n1.1.2']],
  ['any type', { type: '*' }, ['n1.1.1', 'n1.1.2', 'n1.1.3', 'n2.1.1']],
  ['several senders', { src: 'n2,n3,n9' }, ['n2.1.1']],
  ['a range of receivers', { dest: 'n2-n3' }, ['n1.1.1', 'n1.1.2', 'n1.1.3']],
  ['all nodes', { src: '*', dest: 'all' }, ['n1.1.1', 'n1.1.2', 'n1.1.3', 'n2.1.1']],
  ['clients', { src: 'clients' }, []],
  ['any sender', { src: 'any', type: 'pong' }, ['n1.1.2']],
  ['links of ranges', { link: 'n1-n2>n2-n3' }, ['n1.1.1', 'n1.1.2', 'n1.1.3']],
  ['fate', { fate: 'cut' }, ['n1.1.2', 'n1.1.3']],
  ['id', { id: 'n2.1.1' }, ['n2.1.1']],
  ['link', { link: 'n1<>n2' }, ['n1.1.1', 'n1.1.2', 'n2.1.1']],
  ['rule', { rule: 'r2' }, ['n1.1.2']],
  ['when', { since: '1ms' }, ['n1.1.2', 'n1.1.3']],
  ['all of these at once', { src: 'n1', fate: 'cut', type: 'ping' }, ['n1.1.3']],
])('messages can be selected by %s', async (_, query, ids) => {
  const file = new TraceFile();
  const lastSeq = new Map<string, number>();
  for (const [src, dest, type, fate, rules = ''] of kinds) {
    const seq = (lastSeq.get(src) ?? 0) + 1;
    lastSeq.set(src, seq);
    file.fate({ src, dest, type, fate, seq, rules });
  }
  using folder = runFolder({ 'trace-1.bin': file });
  expect((await readTrace(folder.path, query, 3)).map(({ id }) => id)).toEqual(ids);
});

test('messages that a killed router held are reported, although it could not record their fate', async () => {
  using folder = runFolder({
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

test('several lost copies of one message count as one loss', async () => {
  using folder = runFolder({
    'trace-1.bin': new TraceFile()
      .fate({ src: 'n1', dest: 'n2', seq: 1, fate: 'held' })
      .fate({ src: 'n1', dest: 'n2', seq: 1, copy: 1, fate: 'held' })
      .start(10),
  });
  expect(await found(folder, { fate: 'router down' })).toHaveLength(2);
  expect(await readLosses(folder.path, 0, 9)).toEqual({ count: 1, messages: ['n1.1.1'] });
});

// The router deletes its oldest files: then messages before the first recorded one are not lost.
test('messages recorded in a removed file do not count as lost', async () => {
  using whole = runFolder({ 'trace-1.bin': new TraceFile().linkUp('n1', 3, 1) });
  using later = runFolder({ 'trace-2.bin': new TraceFile().linkUp('n1', 3, 1) });
  expect((await readLosses(whole.path, 0, 9)).count).toBe(3);
  expect((await readLosses(later.path, 0, 9)).count).toBe(0);
});

test('a last record torn by a crash is skipped', async () => {
  const { bytes } = delivered(new TraceFile(), 1, 3);
  using folder = runFolder({ 'trace-1.bin': bytes.subarray(0, bytes.length - 5) });
  expect(await found(folder)).toEqual(['n1.1.1 delivered', 'n1.1.2 delivered']);
});

test.each<[string, TraceQuery, string]>([
  ['a fate', { fate: 'eaten' }, 'BAD_REQUEST'],
  ['links', { link: 'n1-n2' }, 'BAD_SELECTOR'],
  ['links that only a cluster knows', { link: 'leader>*' }, 'BAD_SELECTOR'],
  ['a time', { since: 'yesterday' }, 'BAD_DURATION'],
  ['a rule', { rule: 'r9' }, 'NOT_FOUND'],
])('%s that does not exist is refused with its code', async (_, query, code) => {
  using folder = runFolder({
    'trace-1.bin': delivered(new TraceFile().rule('added', 'r1', 1), 1, 3),
  });
  await expect(readTrace(folder.path, query, 0)).rejects.toMatchObject({ code });
});

test('the error for an unknown rule lists the rules of the run', async () => {
  using folder = runFolder({
    'trace-1.bin': new TraceFile().rule('added', 'r1', 1).rule('added', 'r2', 2),
  });
  const asked = readTrace(folder.path, { rule: 'r9' }, 0);
  await expect(asked).rejects.toThrow('no rule of this run has the id r9; it had r1, r2');
  expect(await readTrace(folder.path, { rule: 'r2' }, 0)).toEqual([]);
});
