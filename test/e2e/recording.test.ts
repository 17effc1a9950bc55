/** The recording of a real cluster, read while it runs, when it is down, and after a kill. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { FateEvent, HandledEvent, HistoryEntry, ReceiveEvent } from '@faultline/protocol';
import { openRun, readFacts, readRun } from '@faultline/recording';
import { expect, test } from 'vitest';
import { cluster, Home, outcome, spawnCluster, TestCluster, until } from '../helpers/cluster.ts';

interface Life {
  readonly fates: readonly FateEvent[];
  readonly receives: readonly ReceiveEvent[];
  readonly handled: readonly HandledEvent[];
}

/** The facts recorded about these messages so far. */
async function lifeOf(dir: string, accepts: (id: string) => boolean): Promise<Life> {
  const recorded = { fates: [], receives: [], handled: [] } as {
    fates: FateEvent[];
    receives: ReceiveEvent[];
    handled: HandledEvent[];
  };
  for await (const batch of readFacts(dir)) {
    for (const fact of batch) {
      if (fact.kind === 'fate' && accepts(fact.id)) recorded.fates.push(fact);
      if (fact.kind === 'receive' && accepts(fact.id)) recorded.receives.push(fact);
      if (fact.kind === 'handled' && accepts(fact.id)) recorded.handled.push(fact);
    }
  }
  return recorded;
}

test('the request, reception, handler end and reply of a call are recorded and match', async () => {
  await using running = await TestCluster.up(['--nodes', '2', '--program', 'echo']);
  const { message } = await running.client.call('n2', { type: 'echo', text: 'hello' });
  const { runDir } = running.status;
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
  // In order: first the router, then the reception by the node, then its reply.
  const [reception] = request.receives;
  expect(reception!.atMs).toBeGreaterThanOrEqual(request.fates[0]!.atMs);
  expect(replies[0]!.stamps!.trueMs).toBeGreaterThanOrEqual(reception!.atMs);
  expect(replies[0]!.stamps!.lamport).toBeGreaterThan(reception!.stamps.lamport);
  await running.down();
  const { run, facts, events, history } = await readRun(runDir);
  expect(run).toMatchObject({ name: 'default', program: 'echo', nodes: ['n1', 'n2'] });
  expect(facts.length).toBeGreaterThan(4);
  expect(events.at(-1)!.kind).toBe('cluster.down');
  expect(history).toMatchObject([
    { index: 0, type: 'invoke', f: 'echo', value: { text: 'hello' }, node: 'n2', message },
    { index: 1, type: 'ok', f: 'echo', value: { text: 'hello' }, process: 'c1', message },
  ]);
});

test('calls that failed are distinguished from calls with an unknown outcome', async () => {
  await using running = await TestCluster.up(['--nodes', '2', '--program', 'echo']);
  const { client } = running;
  await expect(client.call('n1', { type: 'unheard' })).rejects.toThrow();
  await client.addRules([{ kind: 'cut', links: 'n1>c1', settings: {} }]);
  await expect(client.call('n1', { type: 'echo' }, { timeout: '100ms' })).rejects.toThrow();
  const history = await (await openRun(running.status.runDir)).history();
  const brief = ({ type, f, error }: HistoryEntry) => [type, f, error?.code];
  expect(history.map(brief)).toEqual([
    ['invoke', 'unheard', undefined],
    ['fail', 'unheard', 10],
    ['invoke', 'echo', undefined],
    ['info', 'echo', 0],
  ]);
  for (const { message } of history) expect(message).toMatch(/^c1\.1\.\d$/);
});

test('receptions of a killed node are recorded, and its next start writes its own files', async () => {
  await using running = await TestCluster.up(['--nodes', '2', '--program', 'echo']);
  const { client } = running;
  const messages: string[] = [];
  for (let i = 0; i < 5; i++) messages.push((await client.call('n1', { type: 'echo', i })).message);
  process.kill((await running.node('n1')).pid!, 'SIGKILL');
  await running.event('node.crashed');
  await client.start('n1');
  messages.push((await client.call('n1', { type: 'echo', i: 5 })).message);
  const { receives } = await lifeOf(running.status.runDir, (id) => messages.includes(id));
  expect(receives.map(({ id, incarnation }) => [id, incarnation])).toEqual(
    messages.map((id, i) => [id, i < 5 ? 1 : 2]),
  );
});

test('a recording can be read while it is written, and to its end after kill -9 of everything', async () => {
  await using running = await TestCluster.up(['--nodes', '2', '--program', 'echo']);
  const { runDir } = running.status;
  const seen: string[] = [];
  const reading = (async () => {
    for await (const batch of readFacts(runDir, { follow: true })) {
      for (const fact of batch) if (fact.kind === 'fate') seen.push(fact.id);
    }
  })();
  const { message } = await running.client.call('n2', { type: 'echo' });
  await until(() => seen.includes(message), 'the message is seen while the cluster runs');
  running.child.kill('SIGKILL');
  await reading;
  const { facts } = await readRun(runDir);
  expect(facts.some((fact) => fact.kind === 'receive' && fact.id === message)).toBe(true);
});

test('a router killed amid traffic leaves a recording that continues with the next router', async () => {
  await using running = await TestCluster.up(['--nodes', '2', '--program', 'echo']);
  const { client, status } = running;
  await client.addRules([{ kind: 'loss', links: 'n1>n2', settings: { probability: '50%' } }]);
  const flood = Promise.allSettled(
    Array.from({ length: 200 }, (_, i) =>
      client.call('n1', { type: 'echo', i }, { timeout: '5s' }),
    ),
  );
  process.kill(status.router.pid!, 'SIGKILL');
  await running.event('router.crashed');
  await running.event('router.ready', ({ facts }) => facts.pid !== status.router.pid);
  await flood;
  const { message } = await client.call('n2', { type: 'echo' });
  const kinds: string[] = [];
  const ids = new Set<string>();
  for await (const batch of readFacts(status.runDir)) {
    for (const fact of batch) {
      if (fact.kind === 'start') kinds.push('start');
      if (fact.kind === 'rule') kinds.push(`${fact.change} ${fact.id}`);
      if (fact.kind === 'fate') ids.add(fact.id);
      // A router records a fate before the node gets the message, even a router that was killed.
      if (fact.kind === 'receive') expect(ids).toContain(fact.id);
    }
  }
  expect(ids).toContain(message);
  // The new router starts without messages and gets the rules again.
  expect(kinds).toEqual(['start', 'added r1', 'start', 'added r1']);
});

test('--trace full keeps the beginnings of bodies, and --trace off records no messages', async () => {
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

test('`trace` shows the recording live and when the cluster is down, and `runs` lists it', async () => {
  await using home = new Home();
  const { path } = home;
  const up = ['--nodes', '2', '--program', 'echo', '--seed', 'seven'];
  const running = await TestCluster.up(up, { home: path });
  const { message: first } = await running.client.call('n1', { type: 'echo' });
  const live = spawnCluster(path, ['trace', '-f', '--type', 'echo', '--json']);
  const seen: FateEvent[] = [];
  createInterface({ input: live.stdout! }).on('line', (line) => seen.push(JSON.parse(line)));
  await until(() => seen.length === 1, 'what was there is shown');
  const { message: second } = await running.client.call('n2', { type: 'echo' });
  await until(() => seen.length === 2, 'what happens is shown');
  const followed = outcome(live);
  await running.down();
  expect((await followed).code).toBe(0);
  expect(seen.map(({ id }) => id)).toEqual([first, second]);

  const all = await cluster(path, 'trace', '--message', first, '--facts');
  expect(all.stdout.split('\n').map((line) => line.replace(/^\+\S+ +/, ''))).toEqual([
    expect.stringMatching(/^TIME +MESSAGE +LINK +TYPE +BYTES +FATE +RULES$/),
    expect.stringMatching(new RegExp(`^${first} +c1>n1 +echo +\\d+ +delivered$`)),
    expect.stringMatching(new RegExp(`^${first} +n1 +received: handled$`)),
    expect.stringMatching(new RegExp(`^${first} +n1 +handler: replied$`)),
    '',
  ]);
  const link = await cluster(path, 'trace', '--link', 'n2>c1', '--since', '1h');
  expect(link.stdout).toMatch(/^\S+ +n2\.1\.1 +n2>c1 +echo_ok +\d+ +delivered$/m);
  const none = await cluster(path, 'trace', '--since', '0s', '--type', 'echo');
  expect(none).toEqual({ code: 0, stdout: 'no such messages\n', stderr: '' });

  for (const [args, line] of [
    [
      ['--fate', 'eaten'],
      /^error BAD_REQUEST: no fate is called "eaten"; there are delivered, lost/,
    ],
    [['--rule', 'r1'], /^error NOT_FOUND: no rule of this run has the id r1; it had none\n$/],
    [['--run', 'elsewhere'], /^error NOT_FOUND: .* is called elsewhere.*; there are 20/],
    [['--link', 'leader>n1'], /^error BAD_SELECTOR: /],
    [['--format', 'poem'], /^error BAD_REQUEST: .*text, jsonl/],
  ] as const) {
    const { code, stdout, stderr } = await cluster(path, 'trace', ...args);
    expect({ code, stdout }, args.join(' ')).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(line);
  }

  await (await TestCluster.up(up, { home: path })).down();
  const listed = await cluster(path, 'runs');
  expect(listed.stdout).toMatch(/^20\S+ +over +\d+\.\ds +2 +echo +seven +\d+\.\d kB$/m);
  const runs = JSON.parse((await cluster(path, 'runs', '--json')).stdout) as { run: string }[];
  expect(runs).toHaveLength(2);
  const older = await cluster(path, 'trace', '--run', runs[0]!.run.slice(0, -2), '--type', 'echo');
  expect(older.stdout).toContain(first);
  const newest = await cluster(path, 'trace', '--run', 'latest', '--type', 'echo');
  expect(newest.stdout).toBe('no such messages\n');
  expect((await cluster(path, 'runs', '--prune', '1')).stdout).toMatch(/^1 removed, /);
  const left = JSON.parse((await cluster(path, 'runs', '--json')).stdout) as {
    run: string;
    dir: string;
  }[];
  expect(left.map(({ run }) => run)).toEqual([runs[1]!.run]);

  const kept = join(path, 'runs', 'test-1');
  cpSync(left[0]!.dir, kept, { recursive: true });
  const traced = await cluster(path, 'trace', '--run', 'test-', '--limit', '1', '--json');
  expect(traced).toMatchObject({ code: 0, stderr: '' });
  const elsewhere = await cluster(path, 'runs', '--name', 'other');
  expect(elsewhere.stdout).toBe(
    'the cluster other has no recording\nof other clusters (use --name): default (1)\nof failed tests (use --run): test-1\n',
  );
});
