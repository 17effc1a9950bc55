/** Each ready program on real processes: it keeps its promise despite faults. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bank, checkLinearizable, register } from '@faultline/history';
import type { Json } from '@faultline/protocol';
import { expect, test } from 'vitest';
import { Home, TestCluster } from '../helpers/cluster.ts';
import { program as fixture } from '../helpers/fixtures.ts';
import { recordLoad, upProgram } from '../helpers/programs.ts';

test('ids: a node that was killed and wiped never repeats an id', async () => {
  await using program = await upProgram('ids', 2);
  const ids = async (node: string): Promise<unknown[]> => {
    const answers = Array.from({ length: 50 }, () => program.ask(node, { type: 'generate' }));
    return (await Promise.all(answers)).map(({ id }) => id);
  };
  const before = [...(await ids('n1')), ...(await ids('n2'))];
  await program.cluster.client.kill('n1');
  await program.cluster.client.start('n1', { wipe: true });
  const all = [...before, ...(await ids('n1'))];
  expect(new Set(all).size).toBe(150);
});

test('ids: a cluster that is started again never repeats an id', async () => {
  await using home = new Home();
  const ids: unknown[] = [];
  for (let run = 0; run < 2; run++) {
    await using cluster = await TestCluster.up(['--nodes', '1', '--program', 'ids'], {
      home: home.path,
    });
    for (let i = 0; i < 5; i++) {
      ids.push((await cluster.client.call('n1', { type: 'generate' })).body.id);
    }
    await cluster.down();
  }
  expect(new Set(ids).size).toBe(10);
});

test('transfer: a cluster that is started again does not take its transfers for earlier ones', async () => {
  await using home = new Home();
  for (let run = 1; run <= 2; run++) {
    await using cluster = await TestCluster.up(['--nodes', '2', '--program', 'transfer'], {
      home: home.path,
    });
    const transfer = { type: 'transfer', from: 'a1', to: 'a2', amount: 10 };
    for (let i = 0; i < 3; i++) await cluster.client.call('n1', transfer);
    const { body } = await cluster.client.call('n2', { type: 'read' });
    expect(body.value).toMatchObject({ a1: 100 - 30 * run, a2: 100 + 30 * run });
    await cluster.down();
  }
});

test('a file is compacted while the node runs, and a kill before or after that loses nothing', async () => {
  await using cluster = await TestCluster.up([
    ...['--nodes', '1', '--program', fixture('short-files')],
  ]);
  const { client } = cluster;
  await client.disk('n1', { torn: true });
  let acknowledged = 0;
  let sent = 0;
  /** Adds until a reply is missing. */
  const addOn = async (): Promise<void> => {
    for (;;) {
      sent++;
      try {
        await client.call('n1', { type: 'add', delta: 1 }, { timeout: '300ms' });
        acknowledged++;
      } catch {
        return;
      }
    }
  };
  // Each write after the eighth record compacts the file.
  const points = [9, 10].flatMap((after) => [
    { when: 'before sync records', after },
    { when: 'after sync records', after },
  ]);
  for (const [index, point] of points.entries()) {
    await client.crash('n1', point);
    await addOn();
    await cluster.event('node.crashed', ({ facts }) => facts.incarnation === index + 1);
    await client.start('n1');
    const { value } = (await client.call('n1', { type: 'read' })).body;
    expect(value).toBeGreaterThanOrEqual(acknowledged);
    expect(value).toBeLessThanOrEqual(sent);
  }
  expect(acknowledged).toBeGreaterThan(20);
  const file = readFileSync(
    join(cluster.home, 'clusters', cluster.name, 'nodes/n1/records'),
    'utf8',
  );
  expect(file.split('\n').length).toBeLessThan(20);
});

test('ids by clock: a wall clock that is set back brings ids back', async () => {
  await using program = await upProgram('ids', 1, '--set', 'by=clock');
  const generate = async (): Promise<unknown> => (await program.ask('n1', { type: 'generate' })).id;
  await program.cluster.client.clock('n1', { freeze: true });
  const first = await generate();
  await program.cluster.client.clock('n1', { jump: '+1s' });
  await generate();
  await program.cluster.client.clock('n1', { jump: '-1s' });
  expect(await generate()).toBe(first);
});

test('broadcast: messages delayed by a partition and a kill are everywhere after healing', async () => {
  await using program = await upProgram('broadcast', 3);
  const { client } = program.cluster;
  await client.partition({ groups: 'n1 | n2,n3' });
  for (let message = 0; message < 20; message++) {
    await program.ask(message % 2 === 0 ? 'n1' : 'n3', { type: 'broadcast', message });
  }
  expect((await program.ask('n2', { type: 'read' })).messages).not.toContain(0);
  await client.kill('n1');
  await client.heal();
  await client.start('n1');
  for (const node of ['n1', 'n2', 'n3']) {
    await program.awaits(node, { type: 'read' }, ({ messages }) => {
      return new Set(messages as number[]).size === 20 && (messages as number[]).length === 20;
    });
  }
});

test('counter: an acknowledged add survives the kill of the only node that knew of it', async () => {
  await using program = await upProgram('counter', 3);
  const { client } = program.cluster;
  await client.partition({ groups: 'n1 | n2,n3' });
  for (const delta of [5, -2, 10]) await program.ask('n1', { type: 'add', delta });
  await program.ask('n2', { type: 'add', delta: 100 });
  await client.kill('n1');
  await client.start('n1');
  await client.heal();
  for (const node of ['n1', 'n2', 'n3']) {
    await program.awaits(node, { type: 'read' }, ({ value }) => value === 113);
  }
});

test('set: of an addition and a removal on two sides of a partition, the addition wins', async () => {
  await using program = await upProgram('set', 3);
  const { client } = program.cluster;
  await program.ask('n1', { type: 'add', element: 'kept' });
  await program.ask('n1', { type: 'add', element: 'gone' });
  await program.awaits('n3', { type: 'read' }, ({ value }) => (value as string[]).length === 2);
  await client.partition({ groups: 'n1,n2 | n3' });
  await program.ask('n3', { type: 'remove', element: 'kept' });
  await program.ask('n3', { type: 'remove', element: 'gone' });
  await program.ask('n1', { type: 'add', element: 'kept' });
  await client.kill('n3');
  await client.start('n3');
  expect((await program.ask('n3', { type: 'read' })).value).toEqual([]);
  await client.heal();
  for (const node of ['n1', 'n2', 'n3']) {
    await program.awaits(node, { type: 'read' }, ({ value }) => String(value) === 'kept');
  }
});

test('register: linearizable while a node is cut off and another killed; a minority refuses', async () => {
  await using program = await upProgram('register', 3);
  const { client } = program.cluster;
  let value = 0;
  const load = recordLoad(program, 4, ['n1', 'n2', 'n3'], (n) =>
    n % 2 === 0
      ? { f: 'read', body: { type: 'read', key: 'x' }, output: (answer) => answer.value }
      : { f: 'write', body: { type: 'write', key: 'x', value: ++value } },
  );
  await load.answered(40);
  await client.partition({ groups: 'n1 | n2,n3' });
  await expect(program.ask('n1', { type: 'read', key: 'x' })).rejects.toThrow('error 11');
  await client.heal();
  await load.answered(40);
  await client.kill('n2');
  await load.answered(10);
  await client.start('n2');
  await load.answered(40);
  expect(checkLinearizable(await load.end(), register)).toMatchObject({ verdict: 'ok' });
});

test('lock: no token is repeated after a kill, and the resource rejects a stale holder', async () => {
  await using program = await upProgram('lock', 3);
  const { client } = program.cluster;
  const acquire = { type: 'acquire', key: 'k', lease: 300 };
  const first = (await program.ask('n2', acquire)).token as number;
  await expect(program.ask('n3', acquire)).rejects.toThrow('error 11');
  await client.kill('n1');
  await client.start('n1');
  let second = 0;
  await program.awaits('n3', acquire, ({ token }) => {
    second = token as number;
    return true;
  });
  expect(second).toBeGreaterThan(first);
  await program.ask('n1', { type: 'write', key: 'k', token: second, value: 'new' });
  await client.kill('n3');
  await client.start('n3');
  const late = { type: 'write', key: 'k', token: first, value: 'old' };
  await expect(program.ask('n2', late)).rejects.toThrow('error 22');
  expect(await program.ask('n2', { type: 'read', key: 'k' })).toMatchObject({ value: 'new' });
});

test('siblings: values written on both sides of a partition stay until a reader of both writes', async () => {
  await using program = await upProgram('siblings', 3);
  const { client } = program.cluster;
  const read = { type: 'read', key: 'x' };
  await client.partition({ groups: 'n1 | n2,n3' });
  await program.ask('n1', { type: 'write', key: 'x', value: 'a' });
  await program.ask('n2', { type: 'write', key: 'x', value: 'b' });
  await client.kill('n1');
  await client.start('n1');
  await client.heal();
  for (const node of ['n1', 'n2', 'n3']) {
    await program.awaits(node, read, ({ values }) => String(values) === 'a,b');
  }
  const { context } = await program.ask('n3', read);
  await program.ask('n3', { type: 'write', key: 'x', value: 'ab', context: context as Json });
  for (const node of ['n1', 'n2', 'n3']) {
    await program.awaits(node, read, ({ values }) => String(values) === 'ab');
  }
});

test('primary: nothing changes while a backup is cut off, and a kill of all loses nothing', async () => {
  await using program = await upProgram('primary', 3);
  const { client } = program.cluster;
  const read = { type: 'read', key: 'x' };
  const cas = { type: 'cas', key: 'x', from: 'a', to: 'b', request: 'c1/1' };
  await program.awaits('n2', { type: 'write', key: 'x', value: 'a' }, () => true);
  await client.partition({ groups: 'n1,n2 | n3' });
  await expect(program.ask('n1', cas)).rejects.toThrow('error 0');
  expect((await program.ask('n2', read)).value).toBe('a');
  await client.kill('n1,n2,n3');
  await client.start('n1,n2,n3');
  await client.heal();
  // The same request again takes effect once, and gets the first reply.
  await program.awaits('n3', cas, () => true);
  await program.awaits('n2', read, ({ value }) => value === 'b');
});

test('counter: an add that a link doubles is counted once', async () => {
  await using program = await upProgram('counter', 2);
  const links = 'clients>n1';
  await program.cluster.client.addRules([
    { kind: 'duplicate', links, settings: { probability: '100%' } },
  ]);
  await program.ask('n1', { type: 'add', delta: 5 });
  await program.awaits('n2', { type: 'read' }, ({ value }) => value === 5);
  expect((await program.ask('n1', { type: 'read' })).value).toBe(5);
});

test('log: offsets continue after a kill, and messages keep theirs', async () => {
  await using program = await upProgram('log', 2);
  const { client } = program.cluster;
  const acknowledged: [number, number][] = [];
  const send = async (msg: number): Promise<void> => {
    const { offset } = await program.ask('n1', { type: 'send', key: 'k', msg });
    acknowledged.push([offset as number, msg]);
  };
  for (let msg = 0; msg < 10; msg++) await send(msg);
  await program.ask('n2', { type: 'commit_offsets', offsets: { k: 7 } });
  await client.kill('n1,n2');
  await client.start('n1,n2');
  for (let msg = 10; msg < 20; msg++) await send(msg);
  expect(new Set(acknowledged.map(([offset]) => offset)).size).toBe(20);
  const { msgs } = await program.ask('n2', { type: 'poll', offsets: { k: 0 } });
  expect((msgs as { k: unknown }).k).toEqual(acknowledged);
  const { offsets } = await program.ask('n1', { type: 'list_committed_offsets', keys: ['k'] });
  expect(offsets).toEqual({ k: 7 });
});

test('transfer: two-phase commit is linearizable while nodes are cut off and killed', async () => {
  await using program = await upProgram('transfer', 3);
  const { client } = program.cluster;
  const accounts = ['a1', 'a2', 'a3', 'a4', 'a5'];
  const load = recordLoad(program, 3, ['n1', 'n2', 'n3'], (n) => {
    if (n % 4 === 0) return { f: 'read', body: { type: 'read' }, output: ({ value }) => value };
    const [from, to] = [accounts[n % 5]!, accounts[(n + 1 + (n % 3)) % 5]!];
    const body = { type: 'transfer', from, to, amount: 1 + (n % 30) };
    return { f: 'transfer', body };
  });
  await load.answered(20);
  await client.partition({ groups: 'n1 | n2,n3' });
  // It gives up after 900 ms; on a busy machine its answer takes longer than a second.
  const read = client.call('n1', { type: 'read' }, { timeout: '5s' });
  await expect(read).rejects.toThrow(/error (11|30)/);
  await client.heal();
  await load.answered(10);
  await client.kill('n2');
  await client.start('n2');
  await load.answered(20);
  const history = await load.end();
  const balances = Object.fromEntries(accounts.map((account) => [account, 100]));
  expect(checkLinearizable(history, bank({ accounts: balances }))).toMatchObject({ verdict: 'ok' });
  const sum = (value: unknown): number =>
    Object.values(value as Record<string, number>).reduce((a, b) => a + b, 0);
  await program.awaits('n1', { type: 'read' }, ({ value }) => sum(value) === 500);
});

test('transfer by saga: money that cannot be delivered is returned', async () => {
  await using program = await upProgram('transfer', 2, '--set', 'by=saga');
  const { client } = program.cluster;
  const first = (await program.ask('n1', { type: 'read' })).value;
  await client.partition({ groups: 'n1 | n2' });
  // One account belongs to n1, the other to n2: n1 can withdraw and not deposit, n2 the reverse.
  const refused = ['n1', 'n2'].flatMap((node) =>
    [
      { type: 'transfer', from: 'a1', to: 'a2', amount: 10 },
      { type: 'transfer', from: 'a2', to: 'a1', amount: 10 },
    ].map((body) => expect(program.ask(node, body)).rejects.toThrow('error 14')),
  );
  await Promise.all(refused);
  await client.kill('n1,n2');
  await client.start('n1,n2');
  await client.heal();
  await program.awaits('n2', { type: 'read' }, ({ value }) => {
    return JSON.stringify(value) === JSON.stringify(first);
  });
});
