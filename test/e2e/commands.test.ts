/** Every command on a real cluster: its effect, its output, and one JSON value per line. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { readClusterFile } from '@faultline/supervisor/registry';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  commandLine,
  environmentOf,
  Home,
  outcome,
  processesOf,
  spawnCluster,
  TestCluster,
  until,
} from '../helpers/cluster.ts';
import { program } from '../helpers/fixtures.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await TestCluster.up([
    ...['--nodes', '4', '--program', program('notes'), '--seed', 'commands', '--set', 'colour=red'],
  ]);
});

afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
});

/** The output of a command with --json: a value per line. */
async function json(...args: string[]): Promise<unknown[]> {
  const { code, stdout, stderr } = await cluster.run(...args, '--json');
  expect({ code, stderr }, args.join(' ')).toEqual({ code: 0, stderr: '' });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

async function text(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.run(...args);
  expect({ code, stderr }, args.join(' ')).toEqual({ code: 0, stderr: '' });
  return stdout;
}

async function ask(node: string, body: { type: string; [key: string]: unknown }) {
  return (await cluster.client.call(node, body)).body;
}

/** The links over which pings arrive if each node sends one to all others. */
async function reach(): Promise<Record<string, string>> {
  const { nodes } = await cluster.client.status();
  const ids = nodes.map(({ id }) => id);
  const before = (await cluster.client.trace({ type: 'ping', limit: 10_000 })).length;
  for (const id of ids) await ask(id, { type: 'ping-all' });
  const all = ids.length * (ids.length - 1);
  const seen = await until(async () => {
    const fates = await cluster.client.trace({ type: 'ping', limit: 10_000 });
    return fates.length === before + all ? fates.slice(before) : undefined;
  }, 'every ping has a fate');
  return Object.fromEntries(
    ids.map((id) => [
      id,
      seen
        .filter(({ src, fate }) => src === id && fate === 'delivered')
        .map(({ dest }) => dest)
        .sort()
        .join(','),
    ]),
  );
}

test('status shows the cluster, its seed and its settings', async () => {
  const shown = await text('status');
  expect(shown).toMatch(
    /^default: 4 nodes run test\/fixtures\/programs\/notes\.ts \(colour=red\), seed commands$/m,
  );
  expect(shown).toMatch(/^n4 +ready +\d+ +1 +perfect/m);
  expect(await json('status')).toMatchObject([{ name: 'default', seed: 'commands' }]);
});

test('call carries fields of every kind, and settings reach the program', async () => {
  const [answer] = (await json('call', 'n1', 'notes')) as [{ body: object }];
  expect(answer.body).toMatchObject({ type: 'notes_ok', settings: { colour: 'red' } });
  await text('call', 'n1', 'write', 'text={"deep":[1,true,null]}');
  await text('call', 'n1', 'write', 'text=plain words');
  const { texts } = await ask('n1', { type: 'read' });
  expect(texts).toEqual([{ deep: [1, true, null] }, 'plain words']);
});

test('a call that fails, or whose outcome is unknown, prints the id by which why explains it', async () => {
  const failed = async (...args: string[]): Promise<string> => {
    const { code, stderr } = await cluster.run('call', ...args);
    expect(code).toBe(1);
    const [, id] = /\(message (c1\.1\.\d+)\)\n$/.exec(stderr) ?? [];
    expect(id, stderr).toBeDefined();
    return id!;
  };
  const refused = await failed('n1', 'nonsense');
  await text('link', 'n1>clients', '--cut');
  const unknown = await failed('n1', 'notes', '--timeout', '300ms');
  await text('heal');
  for (const id of [refused, unknown]) expect(await text('why', id)).toMatch(`${id}: c1 sent `);
});

test('kill, start and restart keep the disk; --wipe empties it', async () => {
  const texts = async (): Promise<unknown> => (await ask('n4', { type: 'read' })).texts;
  await ask('n4', { type: 'write', text: 'kept' });
  await text('kill', 'n4');
  expect(await text('status')).toMatch(/^n4 +crashed.*killed on request/m);
  await text('start', 'n4');
  expect(await texts()).toEqual(['kept']);
  await text('restart', 'n4');
  expect(await texts()).toEqual(['kept']);
  const [{ nodes }] = (await json('restart', 'n4', '--wipe')) as [{ nodes: object[] }];
  expect(nodes).toMatchObject([{ id: 'n4', state: 'ready', incarnation: 4 }]);
  expect(await texts()).toEqual([]);
});

test('stop lets a node exit on its own, and the next start is its next incarnation', async () => {
  const [{ nodes }] = (await json('stop', 'n2', 'n3')) as [{ nodes: object[] }];
  expect(nodes).toMatchObject([
    { id: 'n2', state: 'stopped', exitCode: 0 },
    { id: 'n3', state: 'stopped', exitCode: 0 },
  ]);
  expect(await text('start', 'n2-n3')).toMatch(/^n3 +ready +\d+ +2/m);
});

test('a paused node shows as paused, and resume brings it back', async () => {
  expect(await text('pause', 'n4')).toMatch(/^n4 +paused/m);
  expect(await text('pause', 'n4')).toMatch(/^n4 +paused/m);
  expect(await text('resume', 'n4')).toMatch(/^n4 +ready/m);
  expect(await text('resume', 'n4')).toMatch(/^n4 +ready/m);
});

const shapes: readonly [string[], Record<string, string>][] = [
  [['partition', 'n1,n2 | n3,n4'], { n1: 'n2', n2: 'n1', n3: 'n4', n4: 'n3' }],
  [
    ['partition', 'n1 | rest', '--one-way'],
    { n1: '', n2: 'n1,n3,n4', n3: 'n1,n2,n4', n4: 'n1,n2,n3' },
  ],
  [['isolate', 'n3'], { n1: 'n2,n4', n2: 'n1,n4', n3: '', n4: 'n1,n2' }],
  [['bridge', 'n2'], { n1: 'n2,n3', n2: 'n1,n3,n4', n3: 'n1,n2', n4: 'n2' }],
  [['ring'], { n1: 'n2,n4', n2: 'n1,n3', n3: 'n2,n4', n4: 'n1,n3' }],
];

test.each(shapes)(
  '%j cuts the given links, and replaces the earlier cuts',
  async (args, expected) => {
    await text(...args);
    expect(await reach()).toEqual(expected);
    expect(await json('rules')).toMatchObject([[{ label: 'partition' }]]);
  },
);

test('heal removes all rules', async () => {
  await text('partition', 'n1 | rest');
  await text('link', 'n2>n3', '--loss', '100%');
  expect(await text('heal')).toMatch(/removed: cut .*\n.*removed: lose/s);
  expect(await text('rules')).toBe('no rules in force\n');
  expect(await reach()).toMatchObject({ n1: 'n2,n3,n4', n2: 'n1,n3,n4' });
});

test('link adds rules, rules lists them, unlink removes one, and --for ends one automatically', async () => {
  const [{ added }] = (await json('link', 'n1<>n2', '--delay', '1ms', '--duplicate', '1%')) as [
    { added: { id: string }[] },
  ];
  const ids = added.map(({ id }) => id);
  expect(ids).toHaveLength(2);
  expect(await text('rules')).toMatch(/delay/);
  await text('unlink', ids[0]!);
  const left = (await json('rules')) as [{ id: string }[]];
  expect(left[0].map(({ id }) => id)).toEqual([ids[1]]);
  await text('heal');
  // Two that end within the same second: both leave the list, and both are reported.
  const short = await Promise.all(
    ['100ms', '300ms'].map((time) => json('link', 'n3>n4', '--loss', '1%', '--for', time)),
  );
  const shortIds = (short as [{ added: { id: string }[] }][]).map(
    ([
      {
        added: [rule],
      },
    ]) => rule!.id,
  );
  for (const id of shortIds) await cluster.event('rule.expired', ({ facts }) => facts.rule === id);
  expect(await json('rules')).toEqual([[]]);
});

test('rules of two administrators are in force at once, and heal --owner leaves those of the other', async () => {
  await text('isolate', 'n1', '--clients', '--owner', 'ops');
  await text('link', 'n3>n4', '--loss', '5%', '--owner', 'dev');
  const rules = await text('rules');
  expect(rules).toMatch(/^RULE .* OWNER +ENDS IN/m);
  expect(rules).toMatch(/cut messages n1<>n2,n3,n4; n1<>clients +partition +ops /);
  expect(rules).toMatch(/lose 5% of messages n3>n4 +- +dev /);
  const called = await cluster.run('call', 'n1', 'notes', '--timeout', '200ms');
  expect(called.stderr).toMatch(/^error CALL_UNKNOWN/);
  expect(await text('heal', '--owner', 'ops')).toMatch(/^r\d+ removed: cut [^\n]*\n$/);
  expect(await text('call', 'n1', 'notes')).toMatch(/^notes_ok/);
  expect(await text('rules')).toMatch(/n3>n4 +dev /);
  await text('isolate', 'n1', '--time');
  expect(await text('call', 'n1', 'notes')).toMatch(/^notes_ok/);
  expect(await text('heal')).toMatch(/n1<>time/);
});

test('faults explains the same rule kinds that the cluster has', async () => {
  const [explained] = await json('faults');
  expect(explained).toEqual(await cluster.client.faults());
  expect(await text('faults', 'reorder')).toMatch(/^reorder: .*\n.*Needs a delay rule/);
  expect(await text('link', '--help')).toMatch(/^duplicate: .*\n +--duplicate <probability> /m);
});

test('a profile shapes a link like its network, and a geography does so by zones', async () => {
  const [profile] = (await json('link', 'n1>n2', '--profile', 'same-dc', '--type', 'ping')) as [
    { added: { label: string }[] },
  ];
  expect(profile.added).toMatchObject([
    { label: 'same-dc', explains: expect.stringContaining('of type ping') },
  ]);
  const placed = await text('geography', 'eu: n1,n2 | us: n3', '--between', 'eu,us', '7ms');
  expect(placed).toMatch(/^within eu +n1,n2 +same-dc\neu <> us +n1,n2 <> n3 +7ms$/m);
  expect(await text('geography', 'a: n1 | b: n2')).toMatch(/^a <> b +n1 <> n2 +intercontinental$/m);
  const labels = async () => new Set((await cluster.client.rules()).map(({ label }) => label));
  expect(await labels()).toEqual(new Set(['same-dc', 'geography']));
  expect(await text('geography')).toMatch(/^a <> b +n1 <> n2 +intercontinental$/m);
  await text('geography', 'c: n2 | d: n3', '--across', '9ms', '--owner', 'ops');
  expect(await text('geography')).toMatch(/^a <> b .* -\nc <> d +n2 <> n3 +9ms +ops$/m);
  await text('geography', 'c: n1 | d: n3', '--across', '8ms', '--owner', 'ops');
  expect(await text('geography', '--off', '--owner', 'ops')).toMatch(/^r\d+ removed: .* 8ms.*\n$/);
  expect(await text('geography')).toMatch(/^a <> b +n1 <> n2 +intercontinental\n$/m);
  await text('geography', 'c: n1 | d: n3', '--across', '8ms', '--owner', 'ops');
  expect(await text('heal', '--owner', 'ops')).toMatch(/^r\d+ removed: .* 8ms.*\n$/);
  await text('geography', 'c: n1 | d: n3', '--across', '8ms', '--owner', 'ops');
  expect(await text('geography', '--off')).toMatch(/removed: delay messages n1<>n2/);
  expect(await text('geography')).toBe('no geography in force\n');
  expect(await labels()).toEqual(new Set(['same-dc']));
  expect(await text('faults', 'satellite')).toMatch(/^satellite: .*\nFigures: /);
  await text('heal');
});

test('rules report their hits and sums, stats the fates of all messages, and Prometheus both', async () => {
  await text('heal');
  await text('link', 'n1>n2', '--loss', '100%', '--cost', '0.25', '--type', 'ping');
  await text('link', 'n1>n3', '--delay', '20ms', '--type', 'ping');
  await ask('n1', { type: 'ping-all' });
  const rules = await until(async () => {
    const found = await cluster.client.rules();
    return found.at(-1)?.report?.hit === 1 ? found : undefined;
  }, 'a message was delayed');
  const report = (kind: string) => rules.find(({ spec }) => spec.kind === kind)!.report!;
  expect(report('loss')).toMatchObject({ matched: 1, hit: 1, copies: { lost: 1 } });
  expect(report('cost').edges).toMatchObject([{ edge: 'n1>n2', sums: { cost: 0.25 } }]);
  const shown = await text('rules');
  expect(shown).toMatch(/^r\d+ +1 of \d+ +lose 100% of messages n1>n2 of type ping/m);
  expect(shown).toMatch(/^r\d+ +n1>n2 +.*cost 0\.25/m);
  await until(async () => {
    const { edges } = await cluster.client.stats();
    return (edges.find(({ edge }) => edge === 'n1>n3')?.delays.maxMs ?? 0) >= 20;
  }, 'the delayed message was delivered');
  expect(await text('stats')).toMatch(/^n1>n2 +.*\d+ lost/m);
  const { token } = readClusterFile(join(cluster.home, 'clusters/default/cluster.json'))!;
  const page = async (headers: Record<string, string>) =>
    fetch(`${cluster.status.url}/metrics`, { headers });
  expect((await page({})).status).toBe(401);
  const answer = await page({ authorization: `Bearer ${token}` });
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const metrics = await answer.text();
  expect(metrics).toMatch(/^faultline_messages_total\{src="n1",dest="n2",fate="lost"\} [1-9]/m);
  expect(metrics).toMatch(/^faultline_delay_seconds_bucket\{src="n1",dest="n3",le="0\.01"\} /m);
  if (process.platform === 'linux') {
    expect(metrics).toMatch(/^faultline_node_resident_bytes\{node="n1"\} \d{7,}$/m);
    expect(metrics).toMatch(/^faultline_node_open_fds\{node="n1"\} [1-9]\d*$/m);
  }
  expect(metrics).toMatch(/^faultline_node_cpu_seconds_total\{node="n1"\} [\d.]+$/m);
  const open = await page({
    authorization: `Bearer ${token}`,
    accept: 'application/openmetrics-text; version=1.0.0',
  });
  expect(await open.text()).toMatch(/\n# EOF\n$/);
  await text('heal');
});

test('link --dry-run reports what the rule would have done, and installs nothing', async () => {
  await text('heal');
  await ask('n1', { type: 'ping-all' });
  const line = ['link', 'n1>*', '--loss', '100%', '--type', 'ping', '--dry-run'];
  const shown = await text(...line);
  expect(shown).toMatch(/^The rules would have hit [1-9]\d* of the last \d+ messages\. Nothing is/);
  expect(shown).toMatch(/^n1\.1\.\d+ +n1>n\d +ping +delivered +lost$/m);
  expect(await json(...line)).toMatchObject([{ rules: [{ spec: { kind: 'loss' } }] }]);
  expect(await text('rules')).toBe('no rules in force\n');
});

test('release delivers held messages, and the rule stays', async () => {
  await text('link', 'n1>n2', '--hold', '--type', 'ping');
  await ask('n1', { type: 'ping-all' });
  await until(async () => (await cluster.client.stats()).held === 1, 'one message is held');
  expect(await text('release', 'n3>n4')).toBe('0 messages released\n');
  expect(await json('release', 'n1>n2')).toEqual([{ released: 1 }]);
  expect(await json('rules')).toMatchObject([[{ spec: { kind: 'hold' } }]]);
  await text('heal');
});

test('held lists the held messages, and release delivers single ones in the given order', async () => {
  await text('link', 'n1>n2', '--hold', '--type', 'ping');
  expect(await text('held')).toBe('no messages are held\n');
  for (let i = 0; i < 3; i++) await ask('n1', { type: 'ping-all' });
  const { messages } = await until(async () => {
    const held = await cluster.client.held();
    return held.count === 3 ? held : undefined;
  }, 'three messages are held');
  const [first, second, third] = messages.map(({ id }) => id);
  expect(await text('held', 'n1>n2')).toMatch(
    new RegExp(`^MESSAGE .*\n${first} +n1>n2 +ping +\\d+ +r\\d+ +[\\d.]+m?s$`, 'm'),
  );
  expect(await json('held', 'n1>*', '-n', '1')).toMatchObject([
    { count: 3, messages: [{ id: first, copy: 0, type: 'ping' }] },
  ]);
  expect((await cluster.run('release', third!, 'n1.1.999999')).stderr).toMatch(
    /^error NOT_FOUND: no message n1\.1\.999999 is held or delayed; held: n1\..*None was released\n$/,
  );
  expect(await text('release', third!, first!)).toBe('2 messages released\n');
  const order = await until(async () => {
    const found = await cluster.client.trace({ dest: 'n2', type: 'ping', fate: 'delivered' });
    const ids = found.map(({ id }) => id);
    return ids.includes(third!) && ids.includes(first!) ? ids : undefined;
  }, 'both are delivered');
  expect(order.indexOf(third!)).toBeLessThan(order.indexOf(first!));
  expect((await cluster.client.held()).messages.map(({ id }) => id)).toEqual([second]);
  await text('heal');
});

test('trace shows the selected fates', async () => {
  await text('link', 'n1>n2', '--loss', '100%');
  await ask('n1', { type: 'ping-all' });
  const lost = await until(async () => {
    const found = await cluster.client.trace({ fate: 'lost' });
    return found.length > 0 ? found : undefined;
  }, 'a lost message');
  await text('heal');
  const [id] = lost.map(({ id }) => id);
  const shown = await text('trace', '--message', id!);
  expect(shown).toMatch(
    new RegExp(`^\\S+ +${id!.replaceAll('.', '\\.')} +n1>n2 +ping +\\d+ +lost +r\\d+$`, 'm'),
  );
  const events = await json('trace', '--src', 'n1', '--fate', 'delivered', '-n', '3');
  expect(events).toHaveLength(3);
  for (const event of events) expect(event).toMatchObject({ src: 'n1', fate: 'delivered' });
  expect(await text('trace', '--type', 'nothing')).toBe('no such messages\n');
});

test('`leader` means the node that reports leading, until it reports otherwise or exits', async () => {
  await ask('n2', { type: 'lead', role: 'leader' });
  await cluster.event('node.role', ({ node }) => node === 'n2');
  expect(await text('pause', 'leader')).toMatch(/^n2 +paused.*leader/m);
  await text('resume', 'leader');
  await ask('n3', { type: 'lead', role: 'leader' });
  await cluster.event('node.role', ({ node }) => node === 'n3');
  // If two nodes report leading, the latest one counts. When it exits, the other one is left.
  expect(await text('restart', 'leader')).toMatch(/^n3 /m);
  expect(await text('restart', 'leader')).toMatch(/^n2 /m);
  expect((await cluster.run('kill', 'leader')).stderr).toMatch(
    /^error BAD_SELECTOR|^error NODE_UNKNOWN/,
  );
});

test('wait returns when a node has a role or a state, or reports an event, and fails when it times out', async () => {
  expect(await text('wait')).toBe('every node is ready\n');
  await ask('n4', { type: 'lead', role: 'leader' });
  expect(await text('wait', 'n4', 'becomes', 'leader')).toBe('n4 becomes leader\n');
  const waiting = json('wait', 'any is paused');
  const again = json('wait', 'any reports node.paused', '--since', '10m', '--count', '1');
  await cluster.client.pause('n1');
  expect(await waiting).toMatchObject([{ seen: 'any node is paused', node: 'n1' }]);
  expect(await again).toMatchObject([{ event: { kind: 'node.paused' } }]);
  const timedOut = await cluster.run('wait', 'ready', '--timeout', '200ms');
  expect(timedOut.code).toBe(1);
  expect(timedOut.stderr).toMatch(
    /^error WAIT_TIMED_OUT: timed out after \d+ms waiting until every node is ready; now n1 is paused, n2 is ready.*n4 is ready \(leader\)\n$/,
  );
  await cluster.client.resume('n1');
  // Earlier events count only on request.
  const past = await cluster.run('wait', 'n1 reports node.paused', '--timeout', '200ms');
  expect(past).toMatchObject({ code: 1, stdout: '' });
  const wrong = await cluster.run('wait', 'n1', 'is', 'raedy');
  expect(wrong.code).toBe(3);
  expect(wrong.stderr).toMatch(
    /^error BAD_REQUEST: no state is called "raedy"; did you mean ready\?/,
  );
});

test('wait and call wait for a starting cluster', async () => {
  await using home = new Home();
  const waiting = outcome(spawnCluster(home.path, ['wait']));
  const up = spawnCluster(home.path, ['up', '--nodes', '1', '--program', program('starts-slowly')]);
  const file = () => readClusterFile(join(home.path, 'clusters/default/cluster.json'));
  const starting = await until(() => file(), 'the cluster is starting');
  expect(starting.url).toBe(null);
  const called = outcome(spawnCluster(home.path, ['call', 'n1', 'hello']));
  expect(await called).toMatchObject({ code: 0, stdout: expect.stringMatching(/^hello_ok /) });
  expect(await waiting).toMatchObject({ code: 0, stdout: 'every node is ready\n' });
  up.kill('SIGINT');
  expect(await outcome(up)).toMatchObject({ code: 0 });
  const late = await outcome(spawnCluster(home.path, ['wait', '--timeout', '100ms']));
  expect(late.stderr).toMatch(/waiting for the cluster default to be up; it is not running/);
});

test('logs shows the output of nodes, and events shows the events of the cluster', async () => {
  await ask('n3', { type: 'lead', role: 'leader' });
  await cluster.event('node.role', ({ node }) => node === 'n3');
  expect(await text('logs', 'n3')).toMatch(/^n3 +.*role leader/m);
  expect(await json('logs', 'n3', '-n', '1')).toMatchObject([
    { node: 'n3', text: expect.any(String) },
  ]);
  const events = (await json('events')) as { seq: number; kind: string }[];
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
  expect(events.at(0)!.kind).toBe('cluster.starting');
  const shown = await text('events');
  expect(shown).toMatch(/ n3 +is now leader$/m);
  expect(shown).toMatch(/ n3 +role-change \{"role":"leader"\}$/m);
});

/** Resolves to the output of a process once it contains this. */
function said(child: ReturnType<typeof spawnCluster>, text: string): Promise<string> {
  return new Promise((resolve) => {
    let printed = '';
    child.stdout!.on('data', (data) => {
      printed += data;
      if (printed.includes(text)) resolve(printed);
    });
  });
}

test('events -f continues until the cluster is down, logs -f and status --watch until interrupted', async () => {
  await using home = new Home();
  const other = await TestCluster.up(['--nodes', '1', '--program', program('notes')], {
    home: home.path,
  });
  const events = spawnCluster(home.path, ['events', '-f', '--json']);
  const follow = outcome(events);
  const logs = spawnCluster(home.path, ['logs', '-f']);
  const logged = outcome(logs);
  const watch = spawnCluster(home.path, ['status', '--watch', '--json']);
  const watched = outcome(watch);
  const heard = Promise.all([said(logs, 'role leader'), said(events, 'node.role')]);
  await other.client.call('n1', { type: 'lead', role: 'leader' });
  await until(() => processesOf(home.path).length >= 7, 'all of them run');
  const [logLines] = await heard;
  expect(logLines).toMatch(/^n1 /);
  watch.kill('SIGINT');
  logs.kill('SIGINT');
  await Promise.all([logged, watched]);
  await other.down();
  const { code, stdout } = await follow;
  const kinds = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).kind);
  expect(code).toBe(0);
  expect(kinds).toContain('node.role');
  expect(kinds.at(-1)).toMatch(/^cluster\.(stopping|down)$|^node\.stopped$|^link\.down$/);
});

test('several nodes may be given as separate arguments', async () => {
  expect(await text('isolate', 'n1', 'n2')).toMatch(/cut messages/);
  expect(await reach()).toEqual({ n1: '', n2: '', n3: 'n4', n4: 'n3' });
  await text('heal');
  expect(await text('clock', 'n1', 'n2', '--reset')).toMatch(/^n1 .*\nn2 /m);
  expect(await text('logs', 'n3', 'n4', '-n', '1')).toMatch(/^n[34] /);
});

test('the error for a link that the shell has cut short shows the quotes that it needs', async () => {
  const { stderr } = await cluster.run('link', 'n1', '--loss', '5%');
  expect(stderr).toMatch(/^error BAD_SELECTOR: .*written 'n1>n2', with the quotes/);
});

test('a closed pipe ends a command quietly', async () => {
  const watch = spawnCluster(cluster.home, ['status', '--watch', '--name', cluster.name]);
  const ended = outcome(watch);
  watch.stdout!.once('data', () => watch.stdout!.destroy());
  const { code, stderr } = await ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });

  const help = spawnCluster(cluster.home, ['run', '--help']);
  const helpEnded = outcome(help);
  help.stdout!.destroy();
  const { code: ofHelp, stderr: left } = await helpEnded;
  expect({ ofHelp, left }).toEqual({ ofHelp: 0, left: '' });
});

test('a closed pipe does not cut a run short, and the verdict is the exit code', async () => {
  const name = 'read-in-part';
  const plan = 'packages/plans/examples/untouched.yaml';
  const run = spawnCluster(cluster.home, ['run', plan, '--name', name]);
  const ended = outcome(run);
  run.stdout!.once('data', () => run.stdout!.destroy());
  const { code, stderr } = await ended;
  // A vacuous run exits with 2, an interrupted one with 130. A pipe shows no progress.
  expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
  const check = spawnCluster(cluster.home, ['check', 'latest', '--name', name]);
  const { stdout } = await outcome(check);
  expect(stdout).toMatch(/^verdict +vacuous$/m);
});

test('a terminal shows the progress of a run, and the line is erased at the end', async () => {
  const plan = 'packages/plans/examples/kv-converges.yaml';
  const shell = `${commandLine(['run', plan, '--name', 'watched'])} > /dev/null`;
  const words =
    process.platform === 'linux'
      ? ['-qec', shell, '/dev/null']
      : ['-q', '/dev/null', 'sh', '-c', shell];
  const run = spawn('script', words, {
    env: environmentOf(cluster.home),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { stdout } = await outcome(run);
  expect(stdout).toContain('\r\u001b[Krunning the load (1s)');
  expect(stdout.endsWith('\r\u001b[K')).toBe(true);
});

test('heal --all ends every fault and keeps disks; reset empties them', async () => {
  const states = async () => {
    const { nodes, rules } = await cluster.client.status();
    const states = nodes.map(({ id, state, clock, faults }) =>
      [id, state, clock.describes, ...faults.map(({ explains }) => explains)].join(' '),
    );
    return [...states, ...rules.map(({ explains }) => explains)];
  };
  const healthy = ['n1', 'n2', 'n3', 'n4'].map((id) => `${id} ready perfect`);
  expect(await states()).toEqual(healthy);
  await ask('n4', { type: 'write', text: 'healed' });
  await text('link', '*', '--loss', '5%');
  await text('slow', 'n1', '--cpu', '50%');
  await text('pause', 'n2');
  await text('clock', 'n3', '--jump', '+1h');
  await text('disk', 'n4', '--full');
  await text('kill', 'n4');
  const shown = await text('heal', '--all');
  expect(shown).toMatch(/^r\d+ removed: lose 5% of messages/);
  expect(shown.match(/^n\d +ready/gm)).toHaveLength(4);
  expect(await states()).toEqual(healthy);
  expect((await ask('n4', { type: 'read' })).texts).toContain('healed');
  await text('disk', 'n1', '--full');
  const [{ nodes }] = (await json('reset')) as [{ nodes: object[] }];
  expect(nodes).toMatchObject(['n1', 'n2', 'n3', 'n4'].map((id) => ({ id, state: 'ready' })));
  expect(await states()).toEqual(healthy);
  expect((await ask('n4', { type: 'read' })).texts).toEqual([]);
});

test('add starts nodes and notifies the others, and remove removes them again', async () => {
  const before = ((await ask('n1', { type: 'notes' })).changes as string[][]).length;
  expect(await text('add', '2')).toMatch(/^n5 +ready.*\nn6 +ready/m);
  const members = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6'];
  for (const id of ['n1', 'n2', 'n3', 'n4']) {
    const { changes, members: now } = await ask(id, { type: 'notes' });
    expect(now).toEqual(members);
    expect((changes as string[][]).at(-1)).toEqual(members);
  }
  expect((await ask('n6', { type: 'notes' })).members).toEqual(members);
  await text('remove', 'n5', 'n2');
  const { changes } = await ask('n1', { type: 'notes' });
  expect((changes as string[][]).slice(before)).toEqual([members, ['n1', 'n3', 'n4', 'n6']]);
  expect((await cluster.run('call', 'n5', 'notes')).stderr).toMatch(/NODE_UNKNOWN/);
  const ids = (await cluster.client.status()).nodes.map(({ id }) => id);
  expect(ids).toEqual(['n1', 'n3', 'n4', 'n6']);
  // No name is given twice.
  expect(await text('add')).toMatch(/^n7 +ready/m);
});

test.each([
  'kill n1',
  'start n1',
  'stop n1',
  'restart n1',
  'pause n1',
  'resume n1',
  'partition n1|rest',
  'isolate n1',
  'bridge n1',
  'ring',
  'link n1>n3 --loss 1%',
  'heal',
  'clock n1 --jump 1s',
  'ls',
  'add',
  'remove n8',
])('`%s --json` prints one value', async (line) => {
  expect(await json(...line.split(' '))).toEqual([expect.any(Object)]);
});

test('many clients may call at once, each for the first time', async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      cluster.client.call('n1', { type: 'notes' }, { client: `c${i + 10}`, timeout: '5s' }),
    ),
  );
  expect(answers.map(({ client }) => client)).toEqual(answers.map((_, i) => `c${i + 10}`));
});

test('--verbose shows the calls of the API, without the token', async () => {
  const { stdout, stderr } = await cluster.run('pause', 'n1', '--verbose');
  expect(stderr).toBe(`POST ${cluster.status.url}/v1/nodes/n1/pause\n`);
  expect(stdout).toMatch(/^n1 +paused/m);
  await text('resume', 'n1');
});
