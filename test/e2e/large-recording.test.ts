/** Commands on a recording that is larger than memory, or whose beginning is gone. */
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runFolder } from '../../packages/recording/test/helpers/run.ts';
import { TraceFile } from '../../packages/recording/test/helpers/trace-file.ts';
import { writeRecording } from '../../scripts/bench/made-recording.ts';
import { type Outcome, outcome, spawnCluster } from '../helpers/cluster.ts';

/** Twice as many as fit into a process with `littleMemory`. */
const messages = 120_000;
const littleMemory = { NODE_OPTIONS: '--max-old-space-size=80' };
let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'faultline-large-'));
  writeRecording(dir, messages);
  for (let index = 0; index < 4; index++) {
    const type = index % 2 === 0 ? 'invoke' : 'ok';
    const entry = { index, type, process: 'c1', atMs: index, f: 'read', value: {}, node: 'n1' };
    appendFileSync(join(dir, 'history.jsonl'), `${JSON.stringify({ ...entry, message: null })}\n`);
  }
}, 60_000);

afterAll(() => rmSync(dir, { recursive: true }));

const ask = (...args: string[]): Promise<Outcome> =>
  outcome(spawnCluster(dir, [...args, '--run', dir], littleMemory));

const cutBy = (did: string): RegExp =>
  new RegExp(
    `^the recording is larger than memory: ${did} from \\+(\\d+\\.\\d{3})s on; choose another part with --from and --to, or give Node more memory`,
  );

test('an export that does not fit into memory writes the latest part and says where it begins', async () => {
  for (const format of ['perfetto', 'otlp']) {
    const { code, stdout, stderr } = await ask('trace', '--format', format);
    expect([format, code, stderr]).toEqual([format, 0, expect.stringMatching(cutBy('exported'))]);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout)).toBeTruthy();
  }
  const some = await ask('trace', '--format', 'perfetto', '--from', '100ms', '--to', '120ms');
  expect([some.code, some.stderr]).toEqual([0, '']);
  const { traceEvents } = JSON.parse(some.stdout) as { traceEvents: { ph: string; ts: number }[] };
  const sends = traceEvents.filter(({ ph }) => ph === 'X').map(({ ts }) => ts);
  expect(Math.min(...sends)).toBeGreaterThanOrEqual(100_000);
  expect(sends.length).toBeGreaterThan(1000);
}, 120_000);

test('a small selection of a recording larger than memory is exported without a warning', async () => {
  const latest = await ask('trace', '--format', 'mermaid', '--limit', '5');
  expect([latest.code, latest.stderr]).toEqual([0, '']);
  expect(latest.stdout.match(/->>|--x/g)).toHaveLength(5);
  const one = await ask('trace', '--format', 'mermaid', '--message', 'n1.1.1');
  expect([one.code, one.stderr]).toEqual([0, '']);
  expect(one.stdout).toContain('append n1.1.1');
  const history = await ask('trace', '--format', 'jepsen');
  expect([history.code, history.stderr]).toEqual([0, '']);
  expect(history.stdout.trim().split('\n')).toHaveLength(4);
  const folded = await ask('trace', '--fold', '--limit', '4');
  expect([folded.code, folded.stderr]).toEqual([0, '']);
  expect(folded.stdout.trim().split('\n').length).toBeGreaterThanOrEqual(5);
}, 120_000);

test('trace --fold reads as much as fits, also with --follow, and says where that begins if the lines are too few', async () => {
  for (const more of [[], ['--follow']]) {
    const all = await ask('trace', '--fold', '--fate', 'delivered', ...more);
    expect([all.code, all.stderr]).toEqual([0, expect.stringMatching(cutBy('folded'))]);
    const [, from = ''] = cutBy('folded').exec(all.stderr)!;
    const [, line = ''] = all.stdout.trim().split('\n');
    const [, atS = '', count = ''] = /^\+(\S+)s +(\d+) messages /.exec(line)!;
    expect(Number(atS)).toBeCloseTo(Number(from), 2);
    expect(Number(count)).toBeGreaterThan(1000);
    expect(Number(count)).toBeLessThan(messages / 2);
    const few = await ask('trace', '--fold', '--limit', '4', ...more);
    expect([few.code, few.stderr]).toEqual([0, '']);
    // The line that still folds at catch-up comes later.
    expect(few.stdout.trim().split('\n')).toHaveLength(more.length === 0 ? 5 : 6);
    const part = ['--fate', 'delivered', '--from', '0.2s', '--to', '0.21s'];
    const chosen = await ask('trace', '--fold', ...part, ...more);
    expect([chosen.code, chosen.stderr]).toEqual([0, '']);
    expect(chosen.stdout).toMatch(/^\+0\.20\d+s +\d{3} messages /m);
  }
}, 120_000);

test('timeline of a history larger than memory shows the latest part and says where it begins', async () => {
  const calls = 120_000;
  const lines = Array.from({ length: 2 * calls }, (_, index) => {
    const type = index % 2 === 0 ? 'invoke' : 'ok';
    const call = Math.floor(index / 2);
    const entry = { index, type, process: 'c1', atMs: index / 10, f: 'write', node: 'n1' };
    return JSON.stringify({ ...entry, value: { key: 'x', value: call }, message: `c1.1.${call}` });
  });
  const killed = { seq: 1, atMs: 5, time: '', kind: 'node.killed', node: 'n2', facts: {} };
  using folder = runFolder({
    'history.jsonl': `${lines.join('\n')}\n`,
    'events.jsonl': `${JSON.stringify(killed)}\n`,
  });
  const shown = (...args: string[]): Promise<Outcome> =>
    outcome(spawnCluster(folder.path, ['timeline', '--run', folder.path, ...args], littleMemory));
  const latest = await shown();
  expect([latest.code, latest.stderr]).toEqual([0, expect.stringMatching(cutBy('shown'))]);
  expect(latest.stderr.trim().split('\n')).toHaveLength(1);
  const shownLines = latest.stdout.trim().split('\n');
  const [, from = ''] = cutBy('shown').exec(latest.stderr)!;
  expect(shownLines[0]).toContain(`+${from}s`);
  expect(shownLines.at(-1)).toContain(`(c1.1.${calls - 1})`);
  expect(shownLines.length).toBeGreaterThan(1000);
  const first = await shown('--to', '20ms');
  expect([first.code, first.stderr]).toEqual([0, '']);
  expect(first.stdout).toContain('begins: n2 killed');
  expect(first.stdout).toContain('(c1.1.0)');
  expect(first.stdout.trim().split('\n')).toHaveLength(103);
}, 60_000);

test('before on a recording larger than memory reads only the range between, and refuses one that is too large', async () => {
  const near = await ask('before', 'n1.1.1', 'n2.1.20');
  expect([near.code, near.stderr]).toEqual([0, '']);
  expect(near.stdout).toMatch(/^n1\.1\.1 happened before n2\.1\.20, by a chain of /);
  const far = await ask('before', 'n1.1.1', 'n2.1.20000');
  expect([far.code, far.stdout]).toEqual([1, '']);
  expect(far.stderr).toMatch(
    /^error BAD_REQUEST: more than [\d,]+ facts lie between n1\.1\.1 and n2\.1\.20000, .*choose two moments that are closer together/,
  );
}, 120_000);

test('why and trace mention for an unknown message that the size limit has removed the beginning', async () => {
  const left = new TraceFile();
  for (const seq of [9, 10]) {
    left.fate({ src: 'n1', dest: 'n2', seq, fate: 'delivered', atMs: 3500 });
  }
  const facts = { files: 2, bytes: 3_000_000, fromMs: 0, untilMs: 2500 };
  const event = { seq: 1, atMs: 9, time: '', kind: 'trace.discarded', node: null, facts };
  using folder = runFolder({ 'trace-3.bin': left, 'events.jsonl': `${JSON.stringify(event)}\n` });
  const run = ['--run', folder.path];
  const query = (...args: string[]): Promise<Outcome> =>
    outcome(spawnCluster(folder.path, [...args, ...run]));
  const removed = '; the size limit has removed everything recorded before +2.500s, 3.0 MB';
  for (const command of [
    ['why', 'n1.1.3'],
    ['trace', '--message', 'n1.1.3'],
    ['before', 'n1.1.3', 'n1.1.9'],
    ['trace', '--format', 'mermaid', '--message', 'n1.1.3'],
  ]) {
    const { code, stderr } = await query(...command);
    expect([command, code, stderr]).toEqual([
      command,
      1,
      expect.stringContaining('error NOT_FOUND: '),
    ]);
    expect(stderr).toContain(removed);
  }
  expect(await query('trace', '--type', 'write')).toMatchObject({
    code: 0,
    stdout: `no such messages${removed}\n`,
  });
  // A message with a later number than all of its sender's was never sent.
  const later = await query('why', 'n1.1.11');
  expect(later.stderr).toContain('error NOT_FOUND: ');
  expect(later.stderr).not.toContain('size limit');
}, 60_000);
