/** Disk faults on real processes: what programs see, and what survives a kill. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestCluster } from '../helpers/cluster.ts';
import { program } from '../helpers/fixtures.ts';

let cluster: TestCluster;

beforeAll(async () => {
  const args = ['--nodes', '3', '--program', program('notes'), '--seed', 'disks'];
  cluster = await TestCluster.up(args);
});

afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
});

const diskSaid = async (...args: string[]): Promise<string> => {
  const { code, stdout, stderr } = await cluster.run('disk', ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
};

const write = (id: string, text: string): Promise<unknown> =>
  cluster.client.call(id, { type: 'write', text }, { timeout: '10s' });
const read = async (id: string): Promise<unknown> =>
  (await cluster.client.call(id, { type: 'read' })).body.texts;
const onDisk = (id: string, node = cluster): string =>
  readFileSync(join(node.home, 'clusters', node.name, 'nodes', id, 'notes'), 'utf8');

/** Whether a write succeeded, or the code of its error. */
const outcomeOf = (id: string, text: string): Promise<string> =>
  write(id, text).then(
    () => 'ok',
    (error) => /ENOSPC|EIO/.exec(error.message)?.[0] ?? error.message,
  );

test('a full disk refuses writes, even after restarts, until --off; the node survives, and nothing synced is lost', async () => {
  await write('n1', 'before');
  expect(await diskSaid('n1', '--full')).toMatch(/^n1 .*disk: full$/m);
  expect(await outcomeOf('n1', 'refused')).toBe('ENOSPC');
  expect(await cluster.event('disk.failed', ({ node }) => node === 'n1')).toMatchObject({
    facts: { fault: 'full', file: 'notes' },
  });
  await cluster.client.restart('n1');
  expect((await cluster.node('n1')).faults).toMatchObject([
    { kind: 'disk', facts: { full: true } },
  ]);
  expect(await outcomeOf('n1', 'refused')).toBe('ENOSPC');
  await diskSaid('n1', '--off');
  expect(await outcomeOf('n1', 'after')).toBe('ok');
  await cluster.client.restart('n1');
  // The process kept the rejected record, and wrote it together with the next one.
  expect(await read('n1')).toEqual(['before', 'refused', 'after']);
  expect((await cluster.node('n1')).faults).toEqual([]);
});

test('disk errors occur at the given rate, and the same writes fail with the same seed', async () => {
  const fails = async (): Promise<string[]> => {
    await using other = await TestCluster.up(
      ['--nodes', '1', '--program', program('notes'), '--seed', 'disks'],
      {},
    );
    await other.client.disk('n1', { error: '50%' });
    const outcomes: string[] = [];
    for (let i = 0; i < 20; i++) {
      const call = other.client.call('n1', { type: 'write', text: String(i) });
      outcomes.push(
        await call.then(
          () => 'ok',
          (error) => /EIO/.exec(error.message)![0],
        ),
      );
    }
    return outcomes;
  };
  const [first, second] = [await fails(), await fails()];
  expect(new Set(first)).toEqual(new Set(['ok', 'EIO']));
  expect(second).toEqual(first);
});

test('a kill loses unsynced writes, and a torn one is skipped by the reader', async () => {
  await cluster.client.restart('n2', { wipe: true });
  await write('n2', 'safe');
  const safe = onDisk('n2');
  for (const torn of [false, true]) {
    await cluster.client.disk('n2', { slow: '1m', torn });
    // No reply comes: the node is killed while it waits for its disk.
    const pending = write('n2', 'not synced').catch(() => {});
    await cluster.client.call('n2', { type: 'read' });
    await cluster.client.kill('n2');
    const left = onDisk('n2');
    expect(left.startsWith(safe)).toBe(true);
    expect(left.length > safe.length).toBe(torn);
    expect(left.slice(safe.length)).not.toMatch(/\n/);
    await cluster.client.disk('n2', { off: true });
    await cluster.client.start('n2');
    expect(await read('n2')).toEqual(['safe']);
    void pending;
  }
  await write('n2', 'later');
  await cluster.client.restart('n2');
  expect(await read('n2')).toEqual(['safe', 'later']);
});

test('a flipped bit is found and reported at the next start, and an empty disk is intact again', async () => {
  await cluster.client.restart('n3', { wipe: true });
  expect((await cluster.run('disk', 'n3', '--flip')).stderr).toMatch(
    /^error NOT_FOUND: there is no record on the disk of n3: nothing was synced yet\n$/,
  );
  for (const text of ['one', 'two', 'three']) await write('n3', text);
  const before = Buffer.from(onDisk('n3'));
  await diskSaid('n3', '--flip', 'notes');
  const { facts } = await cluster.event('disk.flipped');
  const after = readFileSync(facts.path);
  const changed = [...before].flatMap((byte, at) => (byte === after[at] ? [] : [at]));
  expect(changed).toEqual([facts.byte]);
  // It has read its file already.
  expect(await read('n3')).toEqual(['one', 'two', 'three']);
  await cluster.client.restart('n3');
  await expect(read('n3')).rejects.toThrow(
    `record ${facts.record} of ${facts.path} was changed after it was written`,
  );
  await cluster.client.restart('n3', { wipe: true });
  expect(await read('n3')).toEqual([]);
});

test('kv says why it does not start on a changed disk, and survives a full one', async () => {
  await using other = await TestCluster.up(['--nodes', '2']);
  const put = (value: number) =>
    other.client.call('n1', { type: 'write', key: 'x', value }, { timeout: '5s' });
  await put(1);
  await other.client.disk('n1', { full: true });
  await expect(put(2)).rejects.toMatchObject({
    code: 'CALL_UNKNOWN',
    message: expect.stringMatching(/error 13: .*ENOSPC: no space left on device/),
  });
  expect((await other.node('n1')).state).toBe('ready');
  await other.client.disk('n1', { off: true });
  await put(3);
  await other.client.disk('n1', { flip: '*' });
  const { nodes } = await other.client.restart('n1');
  expect(nodes[0]).toMatchObject({
    state: 'crashed',
    reason: expect.stringMatching(/record \d+ of \S+entries was changed after it was written/),
  });
  const [started] = (await other.client.start('n1', { wipe: true })).nodes;
  expect(started!.state).toBe('ready');
});

test.each([
  [[], /BAD_REQUEST: expected a disk fault/],
  [['--off', '--full'], /BAD_REQUEST: off .* first, then full/],
  [['--full', '--error', '1%'], /BAD_REQUEST: full and error contradict/],
  [['--error', '120%'], /BAD_PERCENT: /],
  [['--slow', 'fast'], /BAD_DISTRIBUTION: /],
  [['--flip', 'nothing'], /NOT_FOUND: there is no record in nothing on the disk of n1/],
])('disk n1 %j is refused in one line, and changes nothing', async (args, message) => {
  const { code, stdout, stderr } = await cluster.run('disk', 'n1', ...args);
  expect(stderr).toMatch(/^error [A-Z_]+: .+\n$/);
  expect(stderr).toMatch(message);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect((await cluster.node('n1')).faults).toEqual([]);
});
