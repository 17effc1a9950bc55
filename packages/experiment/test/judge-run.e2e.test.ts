/** Judging in a thread: its results, and that a search that is too hard affects nothing else. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Operation, writeHistory } from '@faultline/history';
import { type RunInfo, runVersion } from '@faultline/protocol';
import { afterAll, expect, test } from 'vitest';
import { judge, judgeRun, reportOf } from '../src/index.ts';

const stateDir = mkdtempSync(join(tmpdir(), 'faultline-judge-'));
afterAll(() => rmSync(stateDir, { recursive: true, force: true }));

const info: RunInfo = {
  version: runVersion,
  name: 'default',
  run: 'run',
  startedAt: '2026-01-01T00:00:00.000Z',
  seed: 'seven',
  pid: 1,
  program: 'kv',
  settings: {},
  nodes: ['n1'],
  vector: true,
  trace: 'off',
  epoch: { trueMs: 0, wallMs: 0 },
};

function recorded(operations: readonly Omit<Operation, 'index' | 'type'>[]): string {
  const dir = mkdtempSync(join(stateDir, 'run-'));
  const all = operations.map((each, index): Operation => ({ ...each, index, type: 'ok' }));
  writeFileSync(join(dir, 'run.json'), JSON.stringify(info));
  writeFileSync(join(dir, 'events.jsonl'), '{"kind":"cluster.down","atMs":100,"facts":{}}\n');
  writeFileSync(join(dir, 'history.jsonl'), writeHistory({ operations: all }, 'lines'));
  return dir;
}

/**
 * Everything concurrent, each element twice (unique elements need no search), and at the end a dequeue of
 * an element that was never enqueued.
 */
function hard(): string {
  const many = Array.from({ length: 20 }, (_, i) => i);
  const at = (invokedMs: number, endedMs: number) => ({ node: 'n1', invokedMs, endedMs });
  return recorded([
    ...many.map((i) => ({
      process: `c${i}`,
      f: 'enqueue',
      input: i % (many.length / 2),
      output: null,
      ...at(0, 10),
    })),
    ...many.map((i) => ({
      process: `d${i}`,
      f: 'dequeue',
      input: null,
      output: (i * 7) % (many.length / 2),
      ...at(1, 20),
    })),
    { process: 'c99', f: 'dequeue', input: null, output: 'never', ...at(30, 31) },
  ]);
}

const minuteMs = 60_000;
const queue = [{ linearizable: 'queue' }] as const;

test('a thread returns the same verdict as judging in this process', async () => {
  const at = (invokedMs: number) => ({ node: 'n1', invokedMs, endedMs: invokedMs + 1 });
  const dir = recorded([
    { process: 'c1', f: 'write', input: { key: 'x', value: 1 }, output: null, ...at(0) },
    { process: 'c1', f: 'read', input: { key: 'x' }, output: { value: 2 }, ...at(5) },
  ]);
  const checks = ['linearizable', { availability: '>= 90%' }] as const;
  const here = judge(await reportOf(dir), checks);
  const there = await judgeRun(dir, { stateDir, checks, withinMs: minuteMs });
  expect(there).toEqual({ ...there, ...here, runDir: dir, seed: 'seven' });
  expect(there.checks.map(({ result }) => result.verdict)).toEqual(['violated', 'ok']);
});

test('a thread reports an unreadable recording with the same error as this process', async () => {
  const judging = judgeRun(join(stateDir, 'nowhere'), { stateDir, withinMs: minuteMs });
  await expect(judging).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('this process keeps running during a search, and can cancel it', async () => {
  const giveUp = new AbortController();
  const judging = judgeRun(hard(), {
    stateDir,
    checks: queue,
    withinMs: minuteMs,
    signal: giveUp.signal,
  });
  const ended = expect(judging).rejects.toThrow('enough');
  for (let ticks = 0; ticks < 20; ticks++) await sleep(20);
  giveUp.abort(new Error('enough'));
  await ended;
});

test.each([
  ['time', { withinMs: 100 }],
  ['memory', { withinMs: minuteMs, heapMb: 48 }],
])(
  'when the %s limit is reached, the verdict is unknown and nothing else is affected',
  async (what, bound) => {
    const { verdict, checks } = await judgeRun(hard(), { stateDir, checks: queue, ...bound });
    expect(verdict).toBe('unknown');
    expect(checks.map(({ check }) => check)).toEqual(['linearizable queue']);
    expect(checks[0]!.result.summary).toMatch(
      new RegExp(`^not decided: the ${what} limit was reached`),
    );
  },
);
