import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, test } from 'vitest';
import {
  clustersWithRuns,
  keptTestRuns,
  latestRunDir,
  listRuns,
  openRun,
  pruneRuns,
  readRun,
  removedInWords,
} from '../src/index.ts';
import { Folder } from './helpers/folder.ts';
import { info, runFolder } from './helpers/run.ts';
import { TraceFile } from './helpers/trace-file.ts';

test('a run is read completely: its info, its facts, its events, its history', async () => {
  using folder = runFolder({
    'trace-1.bin': new TraceFile().fate({ src: 'n1', dest: 'n2', seq: 1, fate: 'lost' }),
    'events.jsonl': '{"kind":"cluster.up"}\n{"kind":"cluster.down"}\n',
    'history.jsonl': '{"index":0}\n{"index":1}\n',
  });
  const { run, facts, events, history } = await readRun(folder.path);
  expect(run).toEqual(info);
  expect(facts).toMatchObject([{ kind: 'fate', fate: 'lost' }]);
  expect(events.map(({ kind }) => kind)).toEqual(['cluster.up', 'cluster.down']);
  expect(history.map(({ index }) => index)).toEqual([0, 1]);
});

test('torn lines, and files that never existed, are skipped', async () => {
  using folder = runFolder({ 'events.jsonl': '{"kind":"a"}\nnonsense\n7\n{"kind":"b"}\n{"ki' });
  const { events, history } = await readRun(folder.path);
  expect(events.map(({ kind }) => kind)).toEqual(['a', 'b']);
  expect(history).toEqual([]);
});

test.each([
  ['no run.json', null, 'NOT_FOUND'],
  ['one of another version', { ...info, version: 2 }, 'BAD_RECORDING'],
  ['one without a version', {}, 'BAD_RECORDING'],
  ['one without an epoch', { ...info, epoch: undefined }, 'BAD_RECORDING'],
])('a folder with %s is refused with a code', async (_, run, code) => {
  using folder = runFolder({}, run);
  await expect(openRun(folder.path)).rejects.toMatchObject({ code });
});

test('a run.json that is not JSON is reported as such', async () => {
  using folder = runFolder({ 'run.json': '{"version":' });
  await expect(openRun(folder.path)).rejects.toThrow(/its run\.json is not JSON$/);
});

/** A state directory whose cluster has these runs. */
function state(runs: Readonly<Record<string, object>>): Folder {
  const folder = new Folder();
  for (const [run, info] of Object.entries(runs)) {
    const path = folder.write(`clusters/default/runs/${run}/run.json`, JSON.stringify(info));
    writeFileSync(`${dirname(path)}/events.jsonl`, '{"atMs":5}\n{"atMs":1234}\n{"torn');
    mkdirSync(`${dirname(path)}/logs`);
    writeFileSync(`${dirname(path)}/logs/n1.log`, 'x'.repeat(1000));
    // The modification time of a folder means nothing.
    utimesSync(dirname(path), 0, 0);
  }
  return folder;
}

const here = { ...info, pid: process.pid };

test('the recordings of a cluster are listed, oldest first, with their durations', async () => {
  using folder = state({ '2026-02-01': info, '2026-01-01': info, '2026-03-01': here });
  const runs = await listRuns(folder.path, 'default');
  expect(runs.map(({ run, isRunning, lastedMs }) => [run, isRunning, lastedMs])).toEqual([
    ['2026-01-01', false, 1234],
    ['2026-02-01', false, 1234],
    ['2026-03-01', true, 1234],
  ]);
  for (const { bytes, info: own } of runs) {
    expect(bytes).toBe(
      1000 + JSON.stringify(own).length + '{"atMs":5}\n{"atMs":1234}\n{"torn'.length,
    );
  }
  expect(await latestRunDir(folder.path, 'default')).toBe(
    folder.at('clusters', 'default', 'runs', '2026-03-01'),
  );
});

test('pruning removes old recordings and keeps the newest and any that is being written', async () => {
  using folder = state({ '2026-01-01': here, '2026-02-01': info, '2026-03-01': info });
  folder.write('clusters/default/runs/2026-04-01/events.jsonl', '');
  const gone = await pruneRuns(folder.path, 'default', 1);
  expect(gone.map(({ run }) => run)).toEqual(['2026-02-01']);
  const left = await listRuns(folder.path, 'default');
  // The last one has just started and has no run.json yet.
  expect(left.map(({ run, isRunning }) => [run, isRunning])).toEqual([
    ['2026-01-01', true],
    ['2026-03-01', false],
    ['2026-04-01', true],
  ]);
  expect(await pruneRuns(folder.path, 'default', 0)).toHaveLength(1);
});

test('asking for the recording of a cluster that never ran is NOT_FOUND', async () => {
  using folder = new Folder();
  expect(await listRuns(folder.path, 'none')).toEqual([]);
  await expect(latestRunDir(folder.path, 'none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(latestRunDir(folder.path, '../x')).rejects.toMatchObject({ code: 'BAD_REQUEST' });
});

test('clusters with recordings are listed by name, and those that never ran are not', async () => {
  using folder = state({ '2026-01-01': info, '2026-02-01': info });
  folder.write('clusters/stale-read/runs/2026-01-01/run.json', JSON.stringify(info));
  folder.write('clusters/never/cluster.json', '{}');
  folder.write('clusters/no name/runs/2026-01-01/run.json', JSON.stringify(info));
  expect(await clustersWithRuns(folder.path)).toEqual([
    { name: 'default', runs: 2 },
    { name: 'stale-read', runs: 1 },
  ]);
});

test('runs of failed tests are listed by start time, whatever the names of the tests', async () => {
  using folder = new Folder();
  const later = { ...info, epoch: { ...info.epoch, trueMs: info.epoch.trueMs + 1 } };
  folder.write('runs/a-test/run.json', JSON.stringify(later));
  folder.write('runs/b-test/run.json', JSON.stringify(info));
  expect((await keptTestRuns(folder.path)).map(({ run }) => run)).toEqual(['b-test', 'a-test']);
  using empty = new Folder();
  expect(await keptTestRuns(empty.path)).toEqual([]);
});

test('the period that the size limit removed follows from the remaining files, and its size from events', async () => {
  const left = new TraceFile().fate({
    src: 'n1',
    dest: 'n2',
    seq: 9,
    fate: 'delivered',
    atMs: 3500,
  });
  const facts = { files: 1, bytes: 1_500_000, fromMs: 0, untilMs: 2500 };
  const event = { seq: 1, atMs: 9, time: '', kind: 'trace.discarded', node: null, facts };
  const ofNode = { ...event, node: 'n1', facts: { ...facts, bytes: 7 } };
  const line = (each: object): string => `${JSON.stringify(each)}\n`;
  using folder = runFolder({
    'trace-3.bin': left,
    'events.jsonl': line(event) + line(ofNode) + line(event),
  });
  const removed = await (await openRun(folder.path)).removed();
  expect(removed).toEqual({ untilMs: 2500, bytes: 3_000_000 });
  expect(removedInWords(removed!)).toBe(
    'the size limit has removed everything recorded before +2.500s, 3.0 MB',
  );
  using unreported = runFolder({ 'trace-2.bin': left });
  expect(await (await openRun(unreported.path)).removed()).toEqual({ untilMs: 2500, bytes: null });
  using whole = runFolder({ 'trace-1.bin': left });
  expect(await (await openRun(whole.path)).removed()).toBeUndefined();
});
