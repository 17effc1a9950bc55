import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ClusterEvent } from '@faultline/actions';
import { describe, expect, test } from 'vitest';
import { formatEvent } from '../../src/format/event.ts';

const eventOf = (
  kind: string,
  facts: Record<string, unknown> = {},
  node: string | null = null,
): ClusterEvent =>
  ({
    seq: 1,
    atMs: 1234,
    time: '2026-01-31T12:00:01.234Z',
    kind,
    node,
    facts,
  }) as ClusterEvent;

const textOf = (kind: string, facts?: Record<string, unknown>): string | undefined =>
  formatEvent(eventOf(kind, facts, 'n1'))?.slice('   +1.234s  n1      '.length);

/** Every kind of event with facts as they are recorded, and its text. */
const samples: Readonly<Record<string, readonly [Record<string, unknown>, string | undefined]>> = {
  'cluster.starting': [{ name: 'default', seed: '7' }, undefined],
  'cluster.up': [{ url: 'http://x', ready: 5, afterMs: 300 }, 'up: 5 nodes ready after 300 ms'],
  'cluster.stopping': [{}, 'going down'],
  'cluster.down': [{}, 'down'],
  'node.starting': [{ incarnation: 2, pid: 47 }, undefined],
  'node.ready': [{ incarnation: 2, afterMs: 120 }, 'ready after 120 ms'],
  'node.unready': [{ reason: 'not ready after 10 ms: busy' }, 'not ready after 10 ms: busy'],
  'node.paused': [{}, 'paused'],
  'node.resumed': [{}, 'resumed'],
  'node.slow': [{ reason: 'busy at a.ts:7', place: 'a.ts:7', forMs: 2100 }, 'slow: busy at a.ts:7'],
  'node.recovered': [{ afterMs: 2500 }, 'answers again, after 2500 ms'],
  'cpu.limited': [{ share: 0.1, forMs: 10_000 }, 'slowed to 10% of a CPU for 10s'],
  'cpu.restored': [
    { why: 'on request', share: 0.1, given: 0.098, overMs: 4000 },
    'at full speed again, on request: 9.8% of a CPU given, 10% requested',
  ],
  'node.hanging': [{ forMs: 2000 }, 'hangs for 2s'],
  'node.hung': [{ forMs: 2001 }, 'runs again after hanging for 2.001s'],
  'memory.leaking': [{ bytes: 2e8, explains: 'leaks 200MB' }, 'leaks 200MB'],
  'memory.leaked': [{ bytes: 2e8 }, 'has leaked 200 MB'],
  'memory.freed': [{}, 'has freed the leaked memory'],
  'descriptors.taken': [{ count: 32, errno: 'EMFILE' }, 'no descriptors left (EMFILE)'],
  'descriptors.freed': [{}, 'has its descriptors back'],
  'crash.planned': [{ when: 'sends vote', after: 2 }, 'will crash: sends vote, after 2 times'],
  'crash.cancelled': [{ when: 'sends vote' }, 'will no longer crash: sends vote'],
  'node.stopped': [{ incarnation: 1, exitCode: 0, signal: null }, 'stopped'],
  'node.killed': [{ incarnation: 1, exitCode: null, signal: 'SIGKILL' }, 'killed'],
  'node.crashed': [{ incarnation: 1, exitCode: 1, reason: 'oh (a.ts:7)' }, 'crashed: oh (a.ts:7)'],
  'node.restarting': [{ count: 3, afterMs: 400 }, 'starts again in 400ms'],
  'restart.cancelled': [{}, 'will not restart'],
  'program.changed': [{ program: './v2.ts' }, 'runs ./v2.ts from now on'],
  'node.added': [{}, 'added to the cluster'],
  'node.removed': [{}, 'removed from the cluster'],
  'node.role': [{ role: 'leader' }, 'is now leader'],
  'members.changed': [{ nodes: ['n1', 'n2'] }, 'the cluster is now n1, n2'],
  'clock.changed': [{ change: { jump: '+1h' }, describes: '+1h', state: {} }, 'clock: +1h'],
  'disk.changed': [{ change: { full: true }, describes: 'full' }, 'disk: full'],
  'disk.failed': [
    { fault: 'error', file: 'log', write: 7, more: 2 },
    'disk: write 7 to log failed, with an error (and 2 more)',
  ],
  'disk.flipped': [
    { file: 'log', record: 3, byte: 70, bit: 1 },
    'disk: a bit of record 3 in log was flipped',
  ],
  'clock.unsynced': [{ reason: 'n1 got no answer' }, 'n1 got no answer'],
  'clock.late': [{ lateMs: 40 }, 'was busy, and kept its old clock for 40 ms'],
  'rule.added': [{ rule: 'r1', explains: 'lose all', spec: {} }, 'r1 added: lose all'],
  'rule.removed': [{ rule: 'r1', explains: 'lose all' }, 'r1 removed: lose all'],
  'rule.expired': [{ rule: 'r1' }, 'r1 has expired'],
  'messages.released': [{ links: 'all', released: 3 }, '3 messages released on all'],
  'messages.dropped': [{ dropped: 1 }, '1 message dropped by a heal'],
  'messages.unsent': [
    { reason: 'no link', count: 3, firstSeq: 1, lastSeq: 3, incarnation: 1 },
    '3 messages never left: no link',
  ],
  'router.ready': [{ pid: 46, port: 7001, afterMs: 90 }, 'router ready on port 7001 after 90 ms'],
  'router.crashed': [
    { exitCode: null, signal: 'SIGKILL' },
    'router died (SIGKILL); starting it again',
  ],
  'router.lost': [{ count: 3, messages: ['n1.1.1'] }, '3 messages went down with the router'],
  'queue.overflow': [
    { queuedBytes: 900, queueBytesMax: 1000 },
    'does not keep up: 900 bytes wait for it, more is dropped',
  ],
  'message.forged': [
    { client: 'c1', src: 'n3', type: 'read_ok', alsoUntold: 2 },
    'c1 dropped read_ok that claims to come from n3: its signature is wrong (and 2 more)',
  ],
  'message.refused': [
    { dest: 'n9', reason: 'no such destination' },
    'message to n9 refused: no such destination',
  ],
  'frame.refused': [{ code: 'BAD_FRAME', reason: 'not a frame' }, 'not a frame'],
  'link.refused': [
    { code: 'UNAUTHORIZED', reason: 'a wrong name' },
    'a connection was rejected: a wrong name',
  ],
  'link.up': [{ incarnation: 1 }, undefined],
  'link.down': [
    { incarnation: 1, reason: 'it closed its connection' },
    'disconnected (start 1): it closed its connection',
  ],
  'trace.stopped': [{ code: 'DISK_FULL', reason: 'full' }, 'the trace has stopped: full'],
  'trace.discarded': [
    { files: 1, bytes: 134_217_800, fromMs: 0, untilMs: 12_345.678 },
    'removed the oldest 134.2 MB of the trace, +0.000s to +12.346s: the size limit is reached',
  ],
  'recording.stopped': [{ reason: 'full' }, 'the recording has stopped: full'],
  'program.event': [{ name: 'elected', data: { term: 2 } }, 'elected {"term":2}'],
};

/** Kinds without words in `format/event.ts`; do not add any here. */
const wordless = ['node.eventsDropped'];

const packages = fileURLToPath(new URL('../../../', import.meta.url));

/** The kinds that are written as literals where something is recorded: `record('…'`, `onEvent('…'`. */
function kindsIn(source: string): string[] {
  const calls = source.matchAll(/\b(?:record|reportEvent|onEvent)\(\s*([^,()]+)/g);
  return [...calls].flatMap(([, first]) => {
    // The condition that selects a kind is not a kind.
    const chosen = first!.replaceAll(/===? '[^']*'/g, '');
    return [...chosen.matchAll(/'([a-z]+\.[A-Za-z]+)'/g)].map(([, kind]) => kind!);
  });
}

const recorded = new Set(
  ['supervisor', 'router', 'node', 'cli'].flatMap((name) => {
    const dir = join(packages, name, 'src');
    return readdirSync(dir, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .flatMap((path) => kindsIn(readFileSync(join(dir, path), 'utf8')));
  }),
);

test('finds the recorded kinds in the sources', () => {
  expect(
    kindsIn("record(\n  isUp ? 'link.up' : 'link.down', x); onEvent('a.b', { c: 'd.e' })"),
  ).toEqual(['link.up', 'link.down', 'a.b']);
  expect(recorded).toContain('cluster.up');
});

test('has a sample of every kind that is recorded anywhere, and of no other', () => {
  const known = [...Object.keys(samples), ...wordless.filter((kind) => recorded.has(kind))];
  expect([...recorded].sort()).toEqual(known.sort());
});

test.each(Object.entries(samples))('%s has words', (kind, [facts, words]) => {
  expect(textOf(kind, facts)).toBe(words);
});

describe('the text follows the facts', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['node.role', { role: null }, 'no longer has a role'],
    [
      'router.crashed',
      { exitCode: 3, signal: null },
      'router died (exit code 3); starting it again',
    ],
    ['program.event', { name: 'elected' }, 'elected'],
    [
      'message.refused',
      { dest: 'n9', reason: 'no such destination', alsoUntold: 7 },
      'message to n9 refused: no such destination (and 7 more)',
    ],
    ['frame.refused', { reason: 'not a frame', alsoUntold: 7 }, 'not a frame (and 7 more)'],
    [
      'link.refused',
      { reason: 'a wrong name', alsoUntold: 7 },
      'a connection was rejected: a wrong name (and 7 more)',
    ],
  ])('%s %j', (kind, facts, words) => {
    expect(textOf(kind, facts)).toBe(words);
  });
});

test('shows the length of an event that was too long to record', () => {
  expect(textOf('program.event', { leftOutBytes: 70_000 })).toBe(
    'program.event: 70000 bytes, too long to record',
  );
});

test('shows an event of an unknown, later kind as it is', () => {
  expect(textOf('moon.risen', { phase: 'full' })).toBe('moon.risen {"phase":"full"}');
});

test('begins a line with the time and the node, and aligns the rest', () => {
  expect(formatEvent(eventOf('node.paused', {}, 'n1'))).toBe('   +1.234s  n1      paused');
  expect(formatEvent(eventOf('cluster.down'))).toBe('   +1.234s  cluster down');
  expect(formatEvent({ ...eventOf('cluster.down'), atMs: 3_600_000 })).toBe(
    '+3600.000s  cluster down',
  );
});

test('shows no line for the lost connection of a process that ended', () => {
  expect(textOf('link.down', { incarnation: 1 })).toBe(undefined);
});
