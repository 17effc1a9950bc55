import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRun } from '@faultline/recording';
import { expect, test } from 'vitest';
import { flawOf, type Row } from '../scripts/bench/figures.ts';
import { writeRecording } from '../scripts/bench/made-recording.ts';
import { ruleCosts } from '../scripts/bench/rules.ts';

// CI runs `pnpm bench --tiny`, which requires the same of the rows of every bench.
test('the rows of a bench in its tiny form can be printed', async () => {
  const rows = await ruleCosts('tiny');
  expect(rows.map(({ figure }) => figure)).toContain('deciding about a message, loss');
  expect(rows.map(flawOf)).toEqual(rows.map(() => undefined));
});

const row: Row = { figure: 'time', value: '1 ms', from: '2 rounds', must: 'any', aim: 'any' };

test.each([
  { changed: {}, flaw: undefined },
  { changed: { value: '' }, flaw: 'its value is empty' },
  { changed: { aim: ' ' }, flaw: 'its aim is empty' },
  { changed: { value: 'NaN×' }, flaw: 'it prints NaN' },
  { changed: { from: 'verdict undefined' }, flaw: 'it prints undefined' },
])('the flaw of a row with $changed is: $flaw', ({ changed, flaw }) => {
  expect(flawOf({ ...row, ...changed })).toBe(flaw);
});

test('a made recording is over and readable on a machine of any uptime', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'faultline-bench-'));
  try {
    const messages = 1000;
    writeRecording(dir, messages);
    const { run, isOver, facts } = await openRun(dir);
    expect(await isOver()).toBe(true);
    let fates = 0;
    for await (const batch of facts()) {
      for (const fact of batch) {
        expect(fact.atMs).toBeGreaterThanOrEqual(run.epoch.trueMs);
        if (fact.kind === 'fate') fates += 1;
      }
    }
    expect(fates).toBe(messages);
    expect(run.epoch.trueMs).toBeGreaterThanOrEqual(0);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
