/** Raft on real processes: the leader is killed, cut off and paused, and clients notice only a pause. */
import { checkLinearizable, register } from '@faultline/history';
import { expect, test } from 'vitest';
import { Home, TestCluster, until } from '../helpers/cluster.ts';
import { recordLoad, upProgram } from '../helpers/programs.ts';

type Cluster = Awaited<ReturnType<typeof upProgram>>;

const status = { type: 'status' };

/** The leader according to a majority. */
function leaderOf(program: Cluster, nodes: readonly string[]): Promise<string> {
  return until(async () => {
    const all = await Promise.all(nodes.map((node) => program.ask(node, status).catch(() => ({}))));
    const named = all.map((one) => (one as { leader?: string | null }).leader);
    return named.find(
      (node) => node && named.filter((other) => other === node).length > nodes.length / 2,
    );
  }, 'a majority has a leader');
}

test('writes continue when the leader is killed, cut off or paused, and the history is linearizable', async () => {
  const nodes = ['n1', 'n2', 'n3', 'n4', 'n5'];
  await using program = await upProgram('raft', 5, '--set', 'snapshotEvery=50');
  const { client } = program.cluster;
  let value = 0;
  const load = recordLoad(program, 5, nodes, (n) => {
    if (n % 3 === 0) {
      return { f: 'read', body: { type: 'read', key: 'x' }, output: (answer) => answer.value };
    }
    const to = ++value;
    return n % 3 === 1
      ? { f: 'write', body: { type: 'write', key: 'x', value: to } }
      : { f: 'cas', body: { type: 'cas', key: 'x', from: to - 1, to } };
  });
  await load.answered(25);
  const killed = (await client.kill('leader')).nodes[0]!.id;
  load.exclude(killed);
  await load.answered(25);
  await client.start(killed);
  load.exclude();
  await client.partition({ groups: 'leader | rest' });
  await load.answered(25);
  await client.heal();
  const paused = (await client.pause('leader')).nodes[0]!.id;
  load.exclude(paused);
  await load.answered(25);
  await client.resume(paused);
  load.exclude();
  await load.answered(25);
  // Kill all nodes at once: acknowledged writes are on disk.
  await client.kill('all');
  await client.start('all');
  await load.answered(25);
  const history = await load.end();
  expect(checkLinearizable(history, register)).toMatchObject({ verdict: 'ok' });
  expect(history.filter(({ f, type }) => f === 'cas' && type === 'ok').length).toBeGreaterThan(0);
  expect((await program.ask('n1', status)).first).toBeGreaterThan(1);
});

test('nodes that are added get the log and a vote; removed ones lose it', async () => {
  await using program = await upProgram('raft', 3);
  const { client } = program.cluster;
  for (let n = 0; n < 20; n++) {
    await program.ask('n1', { type: 'write', key: `k${n}`, value: n });
  }
  await client.add({ count: 2 });
  const hasVoters = (voters: string) =>
    program.awaits('n5', status, (now) => String(now.voters) === voters);
  await hasVoters('n1,n2,n3,n4,n5');
  await client.remove('n1');
  await leaderOf(program, ['n2', 'n3', 'n4', 'n5']);
  await client.remove('n2');
  await leaderOf(program, ['n3', 'n4', 'n5']);
  await hasVoters('n3,n4,n5');
  // Only n3 is an initial node: without it, the new nodes have all the writes.
  await client.kill('n3');
  for (let n = 0; n < 20; n++) {
    await program.awaits('n4', { type: 'read', key: `k${n}` }, (answer) => answer.value === n);
  }
});

test('the leader of two nodes can be removed, and then the only one that is left', async () => {
  await using program = await upProgram('raft', 2);
  const { client } = program.cluster;
  const write = (value: number) => ({ type: 'write', key: 'x', value });
  const leader = await leaderOf(program, ['n1', 'n2']);
  const other = leader === 'n1' ? 'n2' : 'n1';
  await program.ask(other, write(1));
  await client.remove(leader);
  await program.awaits(other, status, ({ role, voters }) => {
    return role === 'leader' && String(voters) === other;
  });
  await client.add({ count: 1 });
  await client.remove(other);
  await program.awaits('n3', { type: 'read', key: 'x' }, ({ value }) => value === 1);
  await program.ask('n3', write(2));
});

test('nodes join and leave under load, loss and kills, and the history is linearizable', async () => {
  await using program = await upProgram('raft', 3, '--set', 'snapshotEvery=50');
  const { client } = program.cluster;
  await client.addRules([
    { kind: 'loss', links: '*', settings: { probability: '5%' } },
    { kind: 'duplicate', links: '*', settings: { probability: '10%' } },
    { kind: 'delay', links: '*', settings: { delay: 'exp 3ms' } },
  ]);
  let value = 0;
  const load = recordLoad(program, 4, ['n1', 'n2', 'n3', 'n4', 'n5'], (n) =>
    n % 2 === 0
      ? { f: 'read', body: { type: 'read', key: 'x' }, output: (answer) => answer.value }
      : { f: 'write', body: { type: 'write', key: 'x', value: ++value } },
  );
  const hasVoters = (voters: string) =>
    program.awaits('n1', status, (now) => String([...(now.voters as string[])].sort()) === voters);
  load.exclude('n4', 'n5');
  await load.answered(10);
  await client.add({ count: 2 });
  load.exclude();
  await load.answered(10);
  await client.restart('n4');
  await hasVoters('n1,n2,n3,n4,n5');
  load.exclude('n2');
  await client.remove('n2');
  await client.restart('n3');
  await load.answered(10);
  load.exclude('n3');
  await client.remove('n3');
  await hasVoters('n1,n4,n5');
  await load.answered(10);
  await client.heal();
  expect(checkLinearizable(await load.end(), register)).toMatchObject({ verdict: 'ok' });
});

test('a node that was cut off comes back as a follower and deposes no leader', async () => {
  await using program = await upProgram('raft', 3);
  const { client } = program.cluster;
  const leader = await leaderOf(program, ['n1', 'n2', 'n3']);
  const other = leader === 'n1' ? 'n2' : 'n1';
  const { term } = await program.ask(leader, status);
  await client.partition({ groups: `${other} | rest` });
  await program.awaits(other, status, ({ role }) => role === 'pre-candidate');
  await expect(program.ask(other, { type: 'read', key: 'x' })).rejects.toThrow('error 11');
  await client.heal();
  await program.awaits(other, status, (now) => now.leader === leader);
  expect(await program.ask(leader, status)).toMatchObject({ role: 'leader', term });
});

test('a cluster that is started again has its data, and its clients are new ones', async () => {
  await using home = new Home();
  const up = (): Promise<TestCluster> =>
    TestCluster.up(['--nodes', '3', '--program', 'raft'], { home: home.path });
  const write = (key: string, value: number) => ({ type: 'write', key, value });
  await using first = await up();
  await first.client.call('n2', write('x', 1));
  await first.client.call('n2', write('y', 1));
  await first.down();
  await using second = await up();
  // c1 counts from 1 again: its first request does not count as a retry of the earlier first one.
  await second.client.call('n2', write('x', 2));
  for (const [key, value] of Object.entries({ x: 2, y: 1 })) {
    const { body } = await second.client.call('n3', { type: 'read', key });
    expect(body).toMatchObject({ value });
  }
});
