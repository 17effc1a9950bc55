/** What a real cluster records, read while it runs, after it is down, and after it was killed. */
import type { FateEvent, HandledEvent, HistoryEntry, ReceiveEvent } from '@faultline/protocol';
import { openRun, readFacts, readRun } from '@faultline/recording';
import { expect, test } from 'vitest';
import { TestCluster, until } from '../helpers/cluster.ts';

interface Life {
  readonly fates: readonly FateEvent[];
  readonly receives: readonly ReceiveEvent[];
  readonly handled: readonly HandledEvent[];
}

/** What is recorded of these messages up to now. */
async function lifeOf(dir: string, accepts: (id: string) => boolean): Promise<Life> {
  const life = { fates: [], receives: [], handled: [] } as {
    fates: FateEvent[];
    receives: ReceiveEvent[];
    handled: HandledEvent[];
  };
  for await (const batch of readFacts(dir)) {
    for (const fact of batch) {
      if (fact.kind === 'fate' && accepts(fact.id)) life.fates.push(fact);
      if (fact.kind === 'receive' && accepts(fact.id)) life.receives.push(fact);
      if (fact.kind === 'handled' && accepts(fact.id)) life.handled.push(fact);
    }
  }
  return life;
}

test('of a call the request, its reception, the end of its handler and the reply are there and pair up', async () => {
  await using cluster = await TestCluster.up(['--nodes', '2', '--program', 'echo']);
  const { message } = await cluster.client.call('n2', { type: 'echo', text: 'hello' });
  const { runDir } = cluster.status;
  const request = await lifeOf(runDir, (id) => id === message);
  expect(request.fates).toMatchObject([
    { fate: 'delivered', src: 'c1', dest: 'n2', type: 'echo', isReply: false },
  ]);
  expect(request.fates[0]).not.toHaveProperty('body');
  expect(request.receives).toMatchObject([{ node: 'n2', incarnation: 1, did: 'handled' }]);
  await until(
    async () => (await lifeOf(runDir, (id) => id === message)).handled[0]?.outcome === 'replied',
    'the end of the handler is recorded',
  );
  const { msgId } = request.fates[0]!;
  const all = await lifeOf(runDir, () => true);
  const replies = all.fates.filter(({ inReplyTo, dest }) => inReplyTo === msgId && dest === 'c1');
  expect(replies).toMatchObject([{ src: 'n2', type: 'echo_ok', isReply: true }]);
  // Each thing in its place: the node got it after the router, and answered after that.
  const [reception] = request.receives;
  expect(reception!.atMs).toBeGreaterThanOrEqual(request.fates[0]!.atMs);
  expect(replies[0]!.stamps!.trueMs).toBeGreaterThanOrEqual(reception!.atMs);
  expect(replies[0]!.stamps!.lamport).toBeGreaterThan(reception!.stamps.lamport);
  await cluster.down();
  const { run, facts, events, history } = await readRun(runDir);
  expect(run).toMatchObject({ name: 'default', program: 'echo', nodes: ['n1', 'n2'] });
  expect(facts.length).toBeGreaterThan(4);
  expect(events.at(-1)!.kind).toBe('cluster.down');
  expect(history).toMatchObject([
    { index: 0, type: 'invoke', f: 'echo', value: { text: 'hello' }, node: 'n2', message },
    { index: 1, type: 'ok', f: 'echo', value: { text: 'hello' }, process: 'c1', message },
  ]);
});

test('calls that fail are told from calls of which nobody knows', async () => {
  await using cluster = await TestCluster.up(['--nodes', '2', '--program', 'echo']);
  const { client } = cluster;
  await expect(client.call('n1', { type: 'unheard' })).rejects.toThrow();
  await client.addRules([{ kind: 'cut', links: 'n1>c1', settings: {} }]);
  await expect(client.call('n1', { type: 'echo' }, { timeout: '100ms' })).rejects.toThrow();
  const history = await (await openRun(cluster.status.runDir)).history();
  const brief = ({ type, f, error }: HistoryEntry) => [type, f, error?.code];
  expect(history.map(brief)).toEqual([
    ['invoke', 'unheard', undefined],
    ['fail', 'unheard', 10],
    ['invoke', 'echo', undefined],
    ['info', 'echo', 0],
  ]);
  for (const { message } of history) expect(message).toMatch(/^c1\.1\.\d$/);
});

test('what a killed node had received is recorded, and its next start writes files of its own', async () => {
  await using cluster = await TestCluster.up(['--nodes', '2', '--program', 'echo']);
  const { client } = cluster;
  const messages: string[] = [];
  for (let i = 0; i < 5; i++) messages.push((await client.call('n1', { type: 'echo', i })).message);
  process.kill((await cluster.node('n1')).pid!, 'SIGKILL');
  await cluster.event('node.crashed');
  await client.start('n1');
  messages.push((await client.call('n1', { type: 'echo', i: 5 })).message);
  const { receives } = await lifeOf(cluster.status.runDir, (id) => messages.includes(id));
  expect(receives.map(({ id, incarnation }) => [id, incarnation])).toEqual(
    messages.map((id, i) => [id, i < 5 ? 1 : 2]),
  );
});

test('a recording is read while it is written, and to its end after kill -9 of everything', async () => {
  await using cluster = await TestCluster.up(['--nodes', '2', '--program', 'echo']);
  const { runDir } = cluster.status;
  const seen: string[] = [];
  const reading = (async () => {
    for await (const batch of readFacts(runDir, { follow: true })) {
      for (const fact of batch) if (fact.kind === 'fate') seen.push(fact.id);
    }
  })();
  const { message } = await cluster.client.call('n2', { type: 'echo' });
  await until(() => seen.includes(message), 'the message is seen while the cluster runs');
  cluster.child.kill('SIGKILL');
  await reading;
  const { facts } = await readRun(runDir);
  expect(facts.some((fact) => fact.kind === 'receive' && fact.id === message)).toBe(true);
});

test('--trace full keeps the beginnings of bodies, --trace off keeps nothing of messages', async () => {
  const up = ['--nodes', '1', '--program', 'echo'];
  await using full = await TestCluster.up([...up, '--trace', 'full', '--trace-body', '64B']);
  const { message } = await full.client.call('n1', { type: 'echo', text: 'x'.repeat(100) });
  const { fates } = await lifeOf(full.status.runDir, (id) => id === message);
  expect(fates[0]).toMatchObject({ bodyCut: true, body: expect.stringMatching(/^\{.*x+$/) });
  expect(fates[0]!.body).toHaveLength(64);
  await using off = await TestCluster.up([...up, '--trace', 'off']);
  await off.client.call('n1', { type: 'echo' });
  const { facts, history } = await readRun(off.status.runDir);
  expect(facts).toEqual([]);
  expect(history).toHaveLength(2);
});
