/**
 * No space left on the disk of the state directory. A small mounted file system stands in for the disk, if
 * this machine allows mounting one.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type TestContext, test } from 'vitest';
import {
  expectNothingLeft,
  outcome,
  processesOf,
  spawnCluster,
  TestCluster,
  until,
} from '../helpers/cluster.ts';
import { program } from '../helpers/fixtures.ts';

/** A folder with a number of bytes of space. */
class Disk implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'faultline-disk-'));

  static mount(context: TestContext, options: string): Disk {
    const disk = new Disk();
    const { status, stderr, error } = spawnSync(
      'mount',
      ['-t', 'tmpfs', '-o', options, 'tmpfs', disk.path],
      { encoding: 'utf8' },
    );
    if (status !== 0) {
      rmSync(disk.path, { recursive: true });
      context.skip(`no file system can be mounted here: ${error?.message ?? stderr.trim()}`);
    }
    return disk;
  }

  /** Takes all the space that is left. */
  fill(): void {
    try {
      for (let bytes = 1 << 20; ; ) {
        try {
          writeFileSync(join(this.path, 'filler'), Buffer.alloc(bytes), { flag: 'a' });
        } catch (error) {
          if (bytes === 1) throw error;
          bytes = Math.ceil(bytes / 16);
        }
      }
    } catch (error) {
      expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
    }
  }

  [Symbol.dispose](): void {
    for (const { pid } of processesOf(this.path)) process.kill(pid, 'SIGKILL');
    spawnSync('umount', ['-l', this.path]);
    rmSync(this.path, { recursive: true, force: true });
  }
}

test.for([
  { what: 'nothing fits', options: 'size=4k,nr_inodes=2' },
  { what: 'the cluster file fits', options: 'size=4k' },
  { what: 'the bundled program does not fit', options: 'size=256k' },
])(
  'if $what, `up` reports that the disk is full, and leaves nothing',
  async ({ options }, context) => {
    using disk = Disk.mount(context, options);
    // The bundles of ready programs are not on the disk of the run.
    const up = ['up', '--nodes', '2', '--program', program('letters')];
    const { code, stdout, stderr } = await outcome(spawnCluster(disk.path, up));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(
      /^error DISK_FULL: no space left to .+: free some space and try again\n$/,
    );
    await expectNothingLeft(disk.path, performance.now());
  },
);

test('a disk that fills up ends the trace and the recording, with complete lines, and nothing else', async (context) => {
  using disk = Disk.mount(context, 'size=8m');
  const up = ['--nodes', '3', '--program', program('pours')];
  const cluster = await TestCluster.up(up, { home: disk.path });
  disk.fill();
  expect(await cluster.event('trace.stopped')).toMatchObject({ facts: { code: 'DISK_FULL' } });
  // The recording notices it when its last allocated block is full.
  for (let i = 0; i < 50; i++) await cluster.client.release();
  await cluster.event('recording.stopped');
  const arrived = async (): Promise<number> =>
    Number((await cluster.client.call('n2', { type: 'poured' })).body.arrived);
  const before = await arrived();
  await until(async () => (await arrived()) > before + 100, 'messages keep arriving');
  const { nodes, router } = await cluster.client.status();
  expect(nodes.map(({ state }) => state)).toEqual(['ready', 'ready', 'ready']);
  expect(router).toMatchObject({ state: 'ready', restarts: 0 });
  expect((await cluster.run('trace', '-n', '5')).code).toBe(0);
  const recorded = readFileSync(join(cluster.status.runDir, 'events.jsonl'), 'utf8');
  expect(recorded.endsWith('}\n')).toBe(true);
  for (const line of recorded.trimEnd().split('\n')) JSON.parse(line);
  await cluster.down();
  expect((await cluster.ended).code).toBe(0);
  await expectNothingLeft(disk.path, performance.now(), cluster.traces);
});
