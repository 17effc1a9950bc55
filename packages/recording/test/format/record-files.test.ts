import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TraceReader } from '../../src/format/reader.ts';
import { writeHandledRecord, writeNodeRecord } from '../../src/format/record.ts';
import { RecordFiles } from '../../src/format/record-files.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'faultline-records-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** As a node's host records. */
function files(fileBytesMax = 1e9): RecordFiles {
  return new RecordFiles({
    dir,
    series: 'trace-n1.1',
    head: (buffer, start) =>
      writeNodeRecord(buffer, start, { name: 'n1', incarnation: 1, atMs: 0 }),
    fileBytesMax,
    filesMax: 3,
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

test('every file of a series says whose it is, and has the words that its records need', () => {
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

test('nothing is on disk before it is flushed, and then all of it', () => {
  const records = files();
  handled(records, 1);
  expect(read('trace-n1.1-1.bin')).toEqual([]);
  records.flush();
  expect(read('trace-n1.1-1.bin')).toHaveLength(1);
});

test('what does not fit into memory is written before the end of the turn, and into the same file', () => {
  const records = files(1000);
  for (let seq = 0; seq < 20_000; seq++) handled(records, seq);
  expect(readdirSync(dir)).toEqual(['trace-n1.1-1.bin']);
  records.flush();
  expect(read('trace-n1.1-1.bin')).toHaveLength(20_000);
  expect(readdirSync(dir)).toHaveLength(2);
});

test('the files of other writers are none of its own', () => {
  for (const name of ['trace-7.bin', 'trace-n1.10-9.bin', 'trace-n1.1-x.bin', 'trace-n1.1-4.bin']) {
    writeFileSync(join(dir, name), '');
  }
  files();
  expect(readdirSync(dir)).toContain('trace-n1.1-5.bin');
  expect(readdirSync(dir)).toHaveLength(5);
});
