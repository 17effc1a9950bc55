import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { skewed } from '@faultline/clocks';
import type { FromNode } from '@faultline/protocol';
import { trueNowMs } from '@faultline/recording';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundleFixture } from './helpers/bundle.ts';
import { NodeProcess } from './helpers/node-process.ts';

let dir: string;
let bundle: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'faultline-node-'));
  bundle = await bundleFixture('node-process', dir);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const programs = readFileSync(new URL('./fixtures/programs.ts', import.meta.url), 'utf8');
const lineOf = (text: string): number =>
  programs.split('\n').findIndex((line) => line.includes(text)) + 1;

type Fatal = FromNode & { from: 'fatal' };

/** Waits for the end of a process whose program cannot run; resolves to its fatal report. */
async function fatalEnd(node: NodeProcess): Promise<Fatal> {
  expect(await node.exited).toBe(1);
  const fatal = node.reports.filter(({ from }) => from === 'fatal') as Fatal[];
  expect(fatal).toHaveLength(1);
  expect(node.reports.some(({ from }) => from === 'ready')).toBe(false);
  return fatal[0]!;
}

describe('a program', () => {
  test('runs when the node has joined the router, and the node is ready when it has started', async () => {
    await using node = new NodeProcess(bundle, 'slow');
    await node.start();
    await node.until(() => node.received.length === 1);
    expect(node.received[0]).toEqual({ seq: 1, body: { type: 'begun' } });
    expect(await node.ask('unknown')).toMatchObject({ code: 11 });
    expect(node.reports).toEqual([]);
    node.send({ type: 'finish' });
    await node.until(() => node.reports.length > 0);
    expect(node.reports).toEqual([{ from: 'ready' }]);
    expect(await node.ask('unknown')).toMatchObject({ code: 10 });
  });

  test('that throws while it starts is fatal, and the stack points into its source', async () => {
    await using node = new NodeProcess(bundle, 'throwing');
    await node.start();
    const { message, stack } = await fatalEnd(node);
    expect(message).toBe('TypeError: cannot start');
    expect(stack).toMatch(
      new RegExp(`at throwing \\(\\S*programs\\.ts:${lineOf("TypeError('cannot start')")}:\\d+\\)`),
    );
  });

  test('that rejects with any value is fatal as well', async () => {
    await using node = new NodeProcess(bundle, 'rejecting');
    await node.start();
    expect((await fatalEnd(node)).message).toContain('a text');
  });

  test('without a default export is fatal, and the message says how to write one', async () => {
    await using node = new NodeProcess(bundle, 'nothing');
    await node.start();
    expect((await fatalEnd(node)).message).toContain('export default function');
  });

  test('that throws in a timer ends its process, with the line', async () => {
    await using node = await NodeProcess.ready(bundle, 'echo');
    node.send({ type: 'throw' });
    expect(await node.exited).toBe(1);
    const { message, stack } = node.reports.at(-1) as Fatal;
    expect(message).toBe('RangeError: in a timer');
    expect(stack).toContain(`programs.ts:${lineOf("RangeError('in a timer')")}:`);
  });
});

function unsentBy(node: NodeProcess): number[] {
  return node.reports.flatMap((report) =>
    report.from === 'unsent'
      ? Array.from({ length: report.count }, (_, i) => report.firstSeq + i)
      : [],
  );
}

describe('the supervisor', () => {
  test('changes the time that the program reads', async () => {
    await using node = await NodeProcess.ready(bundle, 'echo');
    const before = await node.ask('time');
    const perfect = skewed.perfect({ trueMs: trueNowMs(), wallMs: 1e12 });
    node.command({ to: 'clock', n: 1, clock: perfect, sentMs: trueNowMs() });
    await node.hasHeard();
    const after = await node.ask('time');
    expect([before.sameClock, after.sameClock]).toEqual([true, true]);
    expect(Number(after.wall)).toBeGreaterThanOrEqual(1e12);
    expect(Number(after.wall)).toBeLessThan(1e12 + 60_000);
    // The new clock reads 0, and the old one has shown more.
    expect(Number(after.monotonic)).toBeGreaterThanOrEqual(Number(before.monotonic));
  });

  test('changes the pace of pending timers', async () => {
    await using node = await NodeProcess.ready(bundle, 'echo');
    // By this clock, 100 ms take a day.
    const perfect = skewed.perfect({ trueMs: trueNowMs(), wallMs: 1e12 });
    const almostFrozen = skewed.drift(perfect, trueNowMs(), -999_999);
    node.command({ to: 'clock', n: 1, clock: almostFrozen, sentMs: trueNowMs() });
    await node.hasHeard();
    const later = node.ask('later', { ms: 100 });
    await node.ask('echo', { text: 'it has heard that too' });
    node.command({ to: 'clock', n: 1, clock: perfect, sentMs: trueNowMs() });
    expect(await later).toMatchObject({ type: 'later_ok' });
  });

  test('sends clock states that begin later, and the node reads none of them before', async () => {
    await using node = new NodeProcess(bundle, 'echo');
    const dayMs = 86_400_000;
    const perfect = skewed.perfect({ trueMs: trueNowMs(), wallMs: 1e12 });
    const soon = skewed.jump(perfect, trueNowMs() + 50, dayMs);
    const late = skewed.jump(soon, trueNowMs() + 60_000, dayMs);
    await node.start({ clock: perfect, clocksToCome: [soon, late] });
    await node.until(() => node.reports.some(({ from }) => from === 'ready'));
    await expect
      .poll(async () => Number((await node.ask('time')).wall))
      .toBeGreaterThan(1e12 + dayMs);
    expect(Number((await node.ask('time')).wall)).toBeLessThan(1e12 + 2 * dayMs);
    expect(node.reports.filter(({ from }) => from === 'clockLate')).toEqual([]);
  });

  test.each([
    { sent: 'before it begins', leadMs: 1, isTold: true },
    { sent: 'when it begins', leadMs: 0, isTold: false },
  ])('hears that a state sent $sent was late by a moment: $isTold', async ({ leadMs, isTold }) => {
    await using node = await NodeProcess.ready(bundle, 'echo');
    const sinceMs = trueNowMs();
    const state = skewed.perfect({ trueMs: sinceMs, wallMs: 1e12 });
    node.command({ to: 'clock', n: 1, clock: state, sentMs: sinceMs - leadMs });
    await node.hasHeard();
    const late = node.reports.flatMap((report) => (report.from === 'clockLate' ? [report] : []));
    // On a busy machine a message takes longer than is allowed for, and the node says so.
    expect(late.some(({ lateMs }) => leadMs > 0 || lateMs <= 10)).toBe(isTold);
  });

  test('sends the list of members', async () => {
    await using node = await NodeProcess.ready(bundle, 'echo');
    node.command({ to: 'members', n: 1, members: ['n1', 'n2', 'n3'] });
    await node.hasHeard();
    expect(await node.ask('who')).toMatchObject({
      members: ['n1', 'n2', 'n3'],
      peers: ['n2', 'n3'],
    });
  });

  test('receives events, but not all of a flood', async () => {
    await using node = await NodeProcess.ready(bundle, 'echo');
    node.send({ type: 'event', count: 1500 });
    await node.until(() =>
      node.reports.some((report) => 'name' in report && report.name === 'events.dropped'),
    );
    const names = node.reports.flatMap((report) => (report.from === 'event' ? [report.name] : []));
    expect(names).toEqual([...Array(1000).fill('happened'), 'events.dropped']);
    expect(node.reports.find(({ from }) => from === 'role')).toMatchObject({ role: 'leader' });
  });

  test('receives a report of each message that the node could not send while the router was away', async () => {
    await using node = await NodeProcess.ready(bundle, 'talkative');
    await node.until(() => node.received.length > 0);
    await node.closeRouter();
    await node.until(() => node.reports.some(({ from }) => from === 'unsent'));
    await node.replaceRouter();
    const before = node.received.length;
    await node.until(() => node.received.length > before + 5);
    await node.until(() => unsentBy(node).at(-1)! > node.received[before]!.seq - 2);
    const first = node.received[before]!.seq;
    const unsent = unsentBy(node);
    expect(unsent).toEqual(Array.from(unsent, (_, i) => unsent[0]! + i));
    expect(unsent.at(-1)).toBe(first - 1);
  });

  test('that stops a node sees it exit normally, and its earlier messages arrive', async () => {
    await using node = await NodeProcess.ready(bundle, 'echo');
    expect(await node.ask('echo', { text: 'hello' })).toMatchObject({ text: 'hello' });
    node.command({ to: 'stop' });
    expect(await node.exited).toBe(0);
    expect(node.reports).toEqual([{ from: 'ready' }]);
  });

  test('that ends takes its nodes along, whatever they are doing', async () => {
    await using node = await NodeProcess.ready(bundle, 'echo');
    node.disconnect();
    expect(await node.exited).toBe(0);
  });

  test('that ends before it has configured the node takes it along as well', async () => {
    await using node = new NodeProcess(bundle, 'echo');
    node.disconnect();
    expect(await node.exited).toBe(0);
  });
});

test('lines of the log name the node, and carry its own time', async () => {
  await using node = new NodeProcess(bundle, 'echo');
  await node.start({
    incarnation: 3,
    clock: skewed.perfect({ trueMs: trueNowMs(), wallMs: 1e12 }),
  });
  await node.until(() => node.reports.length > 0);
  await node.ask('refuse');
  node.send({ type: 'unknown' });
  node.command({ to: 'stop' });
  await node.exited;
  const [line] = node.output.split('\n');
  const { time, ...rest } = JSON.parse(line!);
  expect(rest).toMatchObject({ level: 'warn', node: 'n1', incarnation: 3, type: 'unknown' });
  expect(time).toBeGreaterThanOrEqual(1e12);
  expect(time).toBeLessThan(1e12 + 60_000);
});
