/** Disks that an earlier run left: whose they are, and which program may have them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cluster, Home, root, TestCluster } from '../helpers/cluster.ts';

const readme = readFileSync(join(root, 'README.md'), 'utf8');

test('up keeps the disks of the same program, says so, and refuses those of another', async () => {
  await using home = new Home();
  {
    await using first = await TestCluster.up([], { home: home.path });
    expect(first.status.keptDisks).toBeNull();
    for (const node of ['n1', 'n2', 'n3', 'n4', 'n5']) {
      await first.client.call(node, { type: 'write', key: 'x', value: 1 });
    }
  }

  const hybrid = await cluster(home.path, 'up', '--set', 'order=hybrid');
  expect(hybrid.code).toBe(1);
  expect(readme).toContain(hybrid.stderr.trim());
  const counter = await cluster(home.path, 'up', '--program', 'counter');
  expect(counter.stderr).toMatch(/^error DISK_MISMATCH: .* an earlier run of kv, not of counter:/);
  const foreign = await cluster(home.path, 'up', '--', 'sleep', '60');
  expect(foreign.stderr).toMatch(/^error DISK_MISMATCH: .* an earlier run of kv, not of sleep 60:/);

  {
    await using again = await TestCluster.up([], { home: home.path });
    expect(again.status.keptDisks).toMatchObject({ programs: ['kv'] });
    expect((await again.run('status')).stdout).toMatch(
      /^disks +n1, .* from an earlier run of kv /m,
    );
    expect((await again.client.call('n1', { type: 'read', key: 'x' })).body.value).toBe(1);
  }

  await using wiped = await TestCluster.up(['--wipe', '--set', 'order=hybrid'], {
    home: home.path,
  });
  expect(wiped.status.keptDisks).toBeNull();
  expect((await wiped.client.call('n1', { type: 'read', key: 'x' })).body.value).toBeNull();
});

test('disks of another program that are kept anyway crash the node with a reason', async () => {
  await using home = new Home();
  {
    await using counter = await TestCluster.up(['--nodes', '1', '--program', 'counter'], {
      home: home.path,
    });
    await counter.client.call('n1', { type: 'add', delta: 1 });
  }
  const { code, stderr } = await cluster(
    home.path,
    ...['up', '--nodes', '1', '--program', 'set', '--keep-disks'],
  );
  expect(code).toBe(1);
  expect(stderr).toContain('the records on the disk of n1 belong to another program');
});
