import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TraceReader } from '../../src/format/reader.ts';
import { writeHandledRecord, writeNodeRecord } from '../../src/format/record.ts';
import { type Discarded, RecordFiles } from '../../src/format/record-files.ts';

let dir: string;
let discarded: Discarded[];
beforeEach(() => {
  discarded = [];
  dir = mkdtempSync(join(tmpdir(), 'faultline-records-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** As a node's host records. */
function files(fileBytesMax = 1e9, incarnation = 1): RecordFiles {
  return new RecordFiles({
    dir,
    series: `trace-n1.${incarnation}`,
    family: 'trace-n1.',
    head: (buffer, start) => writeNodeRecord(buffer, start, { name: 'n1', incarnation, atMs: 0 }),
    fileBytesMax,
    filesMax: 3,
    onDiscarded: (each) => discarded.push(each),
    onStopped: (error) => {
      throw error;
    },
  });
}

function handled(to: RecordFiles, seq: number): void {
  const word = to.word(`c${seq % 3}`);
  const start = to.reserve(1000);
  to.commit(writeHandledRecord(to.buffer, start, 'replied', word, 1, seq, seq));
}

const read = (name: string): unknown[] => new TraceReader().read(readFileSync(join(dir, name)));

test('every file of a series names its owner and has the words that its records need', () => {
  const records = files(100);
  for (let seq = 0; seq < 30; seq++) {
    handled(records, seq);
    records.flush();
  }
  const numberOf = (name: string): number => Number(/-(\d+)\.bin$/.exec(name)![1]);
  const names = readdirSync(dir).sort((a, b) => numberOf(a) - numberOf(b));
  expect(names).toHaveLength(3);
  const facts = names.flatMap(read) as object[];
  expect(facts.length).toBeGreaterThan(4);
  expect(facts.at(-1)).toMatchObject({ node: 'n1', incarnation: 1, id: 'c2.1.29' });
  for (const fact of facts) {
    expect(fact).toMatchObject({ node: 'n1', id: expect.stringMatching(/^c\d\.1\.\d+$/) });
  }
});

test('nothing is on disk before flush, and everything is after it', () => {
  const records = files();
  handled(records, 1);
  expect(read('trace-n1.1-1.bin')).toEqual([]);
  records.flush();
  expect(read('trace-n1.1-1.bin')).toHaveLength(1);
});

test('records that do not fit into the buffer are written before the end of the turn, into the same file', () => {
  const records = files(1000);
  for (let seq = 0; seq < 20_000; seq++) handled(records, seq);
  expect(readdirSync(dir)).toEqual(['trace-n1.1-1.bin']);
  records.flush();
  expect(read('trace-n1.1-1.bin')).toHaveLength(20_000);
  expect(readdirSync(dir)).toHaveLength(2);
});

test('a series ignores the files of other writers', () => {
  for (const name of ['trace-7.bin', 'trace-n1.10-9.bin', 'trace-n1.1-x.bin', 'trace-n1.1-4.bin']) {
    writeFileSync(join(dir, name), '');
  }
  files();
  expect(readdirSync(dir)).toContain('trace-n1.1-5.bin');
  expect(readdirSync(dir)).toHaveLength(5);
});

const bytesIn = (): number =>
  readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);

test('what the limit removes is reported with its size and its period', () => {
  const records = files(10_000);
  let reports = 0;
  let lastUntilMs: number | null = 1;
  for (let seq = 1; seq <= 2000; seq++) {
    handled(records, seq);
    records.flush();
    for (const { files, bytes, fromMs, untilMs } of discarded.splice(0)) {
      reports++;
      expect(files).toBe(1);
      expect(bytes).toBeGreaterThan(10_000);
      expect(bytes).toBeLessThan(10_200);
      const [first] = read(oldest()) as { atMs: number }[];
      expect(untilMs).toBe(first!.atMs);
      expect(fromMs).toBe(lastUntilMs);
      lastUntilMs = untilMs;
    }
    expect(bytesIn()).toBeLessThan(3 * 10_000 + 1000);
  }
  expect(reports).toBeGreaterThan(2);
  expect(read(oldest()).length).toBeGreaterThan(100);
});

const placeOf = (name: string): number[] =>
  (/(\d+)-(\d+)\.bin$/.exec(name) ?? []).slice(1).map(Number);
const oldest = (): string =>
  readdirSync(dir).sort((a, b) => {
    const [x, y] = [placeOf(a), placeOf(b)];
    return x[0]! - y[0]! || x[1]! - y[1]!;
  })[0]!;

test('small files of processes that crashed are kept until there are too many bytes', () => {
  for (let crash = 1; crash <= 20; crash++) {
    const records = files(1_000_000);
    handled(records, crash);
    records.flush();
  }
  expect(readdirSync(dir)).toHaveLength(20);
  expect(discarded).toEqual([]);
});

test('a node that restarts repeatedly has one limit for all of its incarnations', () => {
  for (let incarnation = 1; incarnation <= 12; incarnation++) {
    const records = files(20_000, incarnation);
    for (let seq = 1; seq <= 400; seq++) handled(records, incarnation * 1000 + seq);
    records.flush();
  }
  expect(bytesIn()).toBeLessThan(3 * 20_000);
  expect(oldest()).toMatch(/^trace-n1\.[789]-/);
  expect(discarded[0]).toMatchObject({ files: 1, fromMs: 1001 });
  expect(discarded.at(-1)!.untilMs! % 1000).toBe(1);
});
