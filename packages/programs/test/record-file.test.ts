import type { Json, Node } from '@faultline/node';
import { expect, test } from 'vitest';
import { RecordFile } from '../src/common/record-file.ts';

/** A disk that is a list, and rejects compaction on request. */
function bench() {
  const state = { records: [] as Json[], replacing: 0, isFull: false };
  const disk = {
    read: () => [...state.records],
    append: (_: string, record: Json) => void state.records.push(record),
    sync: async () => {},
    replace: async (_: string, records: readonly Json[]) => {
      const before = state.records.length;
      state.replacing++;
      await Promise.resolve();
      if (state.isFull) throw new Error('full');
      state.records = [...records, ...state.records.slice(before)];
    },
  };
  const warnings: string[] = [];
  const log = { warn: (_: object, message: string) => void warnings.push(message) };
  return { state, warnings, node: { disk, log } as unknown as Node };
}

const options = (values: Map<number, number>) => ({
  name: 'counts',
  live: () => [...values].map(([key, value]) => ({ key, value })),
  recordsMin: 20,
});

async function fill(file: RecordFile, values: Map<number, number>, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const key = i % values.size;
    values.set(key, values.get(key)! + 1);
    file.append({ key, value: values.get(key)! });
    file.compact();
    if (i % 7 === 0) await file.sync();
  }
  await new Promise((resolve) => setImmediate(resolve));
}

const restored = (records: readonly Json[]): Map<number, number> =>
  new Map((records as { key: number; value: number }[]).map(({ key, value }) => [key, value]));

test('a file never has much more than four times its live records, and always all of them', async () => {
  const { state, node } = bench();
  const values = new Map(Array.from({ length: 8 }, (_, key) => [key, 0]));
  const file = new RecordFile(node, options(values));
  for (let round = 0; round < 50; round++) {
    await fill(file, values, 30);
    expect(state.records.length).toBeLessThan(4 * 8 + 31);
    expect(restored(state.records)).toEqual(values);
  }
  expect(state.replacing).toBeGreaterThan(30);
});

test('a file with few superfluous records is not compacted', async () => {
  const { state, node } = bench();
  const values = new Map(Array.from({ length: 100 }, (_, key) => [key, 0]));
  await fill(new RecordFile(node, options(values)), values, 399);
  expect(state).toMatchObject({ replacing: 0, records: { length: 399 } });
});

test('compaction that the disk rejects is retried later, not all the time', async () => {
  const { state, node, warnings } = bench();
  state.isFull = true;
  const values = new Map([[0, 0]]);
  const file = new RecordFile(node, options(values));
  for (let round = 0; round < 10; round++) await fill(file, values, 10);
  expect(warnings[0]).toBe('the file counts was not compacted');
  expect(state.replacing).toBeLessThan(6);
  state.isFull = false;
  for (let round = 0; round < 20; round++) await fill(file, values, 10);
  expect(state.records.length).toBeLessThan(40);
  expect(restored(state.records)).toEqual(values);
});
