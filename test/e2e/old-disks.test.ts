/** Disks of an earlier run: which program owns them, and which may use them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cluster, Home, root, TestCluster } from '../helpers/cluster.ts';
import { foreign } from '../helpers/fixtures.ts';

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

test('up --node runs another program on one node, whose disk remains that of its program', async () => {
  await using home = new Home();
  const mixed = [
    ...['--nodes', '4', '--program', 'echo', '--node', 'n2=counter'],
    ...['--node', `n3,n4=${process.execPath} ${foreign('hello')}`],
  ];
  {
    await using first = await TestCluster.up(mixed, { home: home.path });
    const { client } = first;
    expect((await client.call('n1', { type: 'echo' })).body.type).toBe('echo_ok');
    await client.call('n2', { type: 'add', delta: 1 });
    expect((await client.call('n4', { type: 'hello' })).body).toMatchObject({ from: 'n4' });
    const { stdout } = await first.run('status');
    expect(stdout).toMatch(/4 nodes run echo/);
    expect(stdout).toMatch(/^n1 +ready .*\d$/m);
    expect(stdout).toMatch(/^n2 +ready .* runs counter$/m);
    expect(stdout).toMatch(/^n3 +ready .* runs .*hello\.mjs$/m);
  }
  const other = await cluster(home.path, 'up', '--nodes', '4', '--program', 'echo');
  expect(other.stderr).toMatch(
    /^error DISK_MISMATCH: the disk of n2 is from an earlier run of counter, not of echo:/,
  );
  await using again = await TestCluster.up(mixed, { home: home.path });
  expect(again.status.keptDisks).toMatchObject({ nodes: ['n2'], programs: ['counter'] });
  expect((await again.client.call('n2', { type: 'read' })).body.value).toBe(1);
});
