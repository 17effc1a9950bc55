/** Bad input: one line with what is wrong, a non-zero exit code, and no effect on the cluster. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  Home,
  outcome,
  processesOf,
  spawnCluster,
  TestCluster,
  until,
} from '../helpers/cluster.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await TestCluster.up(['--nodes', '3', '--program', 'echo']);
});

afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
});

const words = (line: string): string[] =>
  [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);

const refused: readonly [line: string, error: RegExp][] = [
  ['', /BAD_REQUEST: expected a command/],
  ['frobnicate', /BAD_REQUEST: unknown command 'frobnicate'/],
  ['stauts', /BAD_REQUEST: unknown command 'stauts'.*status/],
  ['status --frob', /BAD_REQUEST: unknown option '--frob': see `pnpm cluster status --help`$/m],
  ['status now', /BAD_REQUEST: too many arguments .*: see `pnpm cluster status --help`$/m],
  ['link n1 n2 --delay 5ms', /BAD_REQUEST: too many .*: see `pnpm cluster link --help`$/m],
  ['kill', /BAD_REQUEST: missing required argument 'nodes': see `pnpm cluster kill --help`$/m],
  ["kill ''", /BAD_REQUEST|BAD_SELECTOR/],
  ['kill n9', /NODE_UNKNOWN: .*n9/],
  ['kill c1', /NODE_UNKNOWN: .*c1/],
  ['kill n1..', /NODE_UNKNOWN: there is no n1\.\./],
  ['kill ../../stats', /BAD_SELECTOR: /],
  ['start n1', /NODE_ALREADY_RUNNING: n1 is ready/],
  [
    'add zero',
    /BAD_SELECTOR: expected how many nodes, or names of new ones such as n6 .*, got "zero"/,
  ],
  ['add 0', /BAD_REQUEST: expected a whole number from 1 to 500, got "0"/],
  ['add 501', /BAD_REQUEST: expected a whole number from 1 to 500, got "501"/],
  ['add 1e2', /BAD_REQUEST: expected a whole number/],
  ["partition ' | n1'", /BAD_SELECTOR: /],
  ["partition 'n1,n2 |'", /BAD_SELECTOR: /],
  ["partition 'n1,n2'", /BAD_SELECTOR: /],
  ["partition 'n1,n2 | n2,n3'", /BAD_SELECTOR: .*n2/],
  ["partition 'n1 | n2' --for soon", /BAD_RULE: for: expected a duration/],
  ["partition 'n1 | n9'", /NODE_UNKNOWN: .*n9/],
  ['bridge', /BAD_REQUEST: missing required argument/],
  ['ring', /BAD_REQUEST: a ring needs at least 4 nodes; this cluster has 3/],
  ["link 'n1>n2'", /BAD_REQUEST: expected at least one fault: --cost/],
  ["link 'n1>n2' --keep-order", /BAD_REQUEST: --keep-order is a setting of delay: add --delay/],
  ["link 'n1>n2' --duplicate-copies 2", /BAD_REQUEST: .*add --duplicate/],
  ["link 'n1>n2' --duplicate 5% --duplicate-copies two", /BAD_RULE: settings\.copies: expected/],
  ["link 'n1>n2' --loss 5% --size big", /BAD_RULE: size: expected/],
  ["link '*' --profile satelite", /BAD_RULE: profile: .*did you mean satellite/],
  ['trace --message foo', /NOT_FOUND: "foo" is not a message id: an id is SENDER\.INCARNATION/],
  ['trace --message foo -f', /NOT_FOUND: "foo" is not a message id: an id is SENDER\.INCARNATION/],
  ['trace --message n1.1.999999', /NOT_FOUND: no message n1\.1\.999999 in this run/],
  ['trace --message foo --format perfetto', /NOT_FOUND: "foo" is not a message id/],
  ['geography --across lte', /BAD_REQUEST: expected zones/],
  ["geography 'eu: n1' --off", /BAD_REQUEST: expected zones/],
  ['geography --owner ops', /BAD_REQUEST: expected zones/],
  ["geography 'a: n1 | b: n2' --owner ''", /BAD_RULE: owner: /],
  ["geography 'n1 | n2'", /BAD_SELECTOR: /],
  ["geography 'a: n1 | b: n9'", /NODE_UNKNOWN: .*n9/],
  ["geography 'a: n1 | b: n2' --between a,b", /BAD_REQUEST: --between: expected two zones/],
  ["geography 'a: n1 | b: n2' --between a,c 9ms", /BAD_SELECTOR: expected a zone/],
  ["geography 'a: n1 | b: n2' --across far", /BAD_RULE: profile: /],
  ['faults earthquake', /NOT_FOUND: no kind of rule or profile is called earthquake; there are /],
  ["link 'n1>n2' --loss 5% --keep-order", /BAD_REQUEST: --keep-order .*--delay/],
  ["link 'n1>n2' --loss 120%", /BAD_/],
  ["link 'n1>n2' --loss", /BAD_REQUEST: option '--loss <probability>' argument missing/],
  ["link 'n1>n2' --delay fast", /BAD_RULE: settings\.delay: expected/],
  ["link 'n1>n2' --reorder 5%", /BAD_RULE: /],
  ["link 'n1' --cut", /BAD_SELECTOR: /],
  ["link 'n1>n2' --cut --replies --requests", /BAD_REQUEST: .*contradict/],
  ["link 'n1>n2' --cut --first 0", /BAD_RULE: first: expected a whole number from 1 up/],
  ['release n1.1.1', /NOT_FOUND: no message n1\.1\.1 is held or delayed; held: none/],
  ["release n1.1.1 'n1>n2'", /BAD_REQUEST: expected links or messages, not both/],
  ["release 'n1>n9'", /NODE_UNKNOWN: .*n9/],
  ['held n1', /BAD_SELECTOR: /],
  ['held -n 0', /BAD_REQUEST: expected a whole number/],
  ['unlink r99', /NOT_FOUND: .*r99/],
  ['unlink r98 r99', /NOT_FOUND: .*r98/],
  ['unlink', /BAD_REQUEST: missing required argument/],
  ["link 'c1>c1' --cut", /BAD_SELECTOR: /],
  ['clock n1', /BAD_REQUEST: expected a change/],
  ['clock n1 --jump far', /BAD_DURATION: /],
  ['clock n1 --freeze --thaw', /BAD_REQUEST: freeze and thaw/],
  ['clock n1 --freeze --strobe 1s/2s', /BAD_REQUEST: freeze and strobe contradict each other/],
  ['clock n1 --reset --jump 1s', /BAD_REQUEST: reset .* first, then jump/],
  ['trace -n 5 --limit 6', /BAD_REQUEST: --limit is given twice, as "5" and "6": give it once/],
  ['status --name a --name b', /BAD_REQUEST: --name is given twice, as "a" and "b"/],
  ['call n1 write key=x key=y', /BAD_REQUEST: key is given twice, as key=x and key=y/],
  [
    'trace --fold --format jsonl',
    /BAD_REQUEST: --fold works with the table of messages only: omit the format jsonl/,
  ],
  ['trace --fold --facts', /BAD_REQUEST: --fold .* omit --facts/],
  ['trace --src leader', /BAD_SELECTOR: expected names, n1-n3, \*, clients or any; leader/],
  ['clock n1 --jump 1s --jump 2s', /BAD_REQUEST: --jump is given twice, as "1s" and "2s"/],
  ['clock n1 --weather sunny', /BAD_REQUEST: expected a weather: perfect, ntp/],
  ['clock n1 --weather ntp --jump 1s', /BAD_REQUEST: weather .* first, then jump/],
  ['clock n1 --jump 1h --drift fast', /BAD_PERCENT: /],
  ['clock n1 --strobe 1s', /BAD_REQUEST: expected delta\/period/],
  ['call n1', /BAD_REQUEST: missing required argument 'type'/],
  ['call n1 echo text', /BAD_REQUEST: expected key=value, got "text"/],
  ['call n1 echo =1', /BAD_REQUEST: expected key=value/],
  ['call n1,n2 echo', /BAD_SELECTOR: a call goes to one node/],
  ['call n1 echo --timeout never', /BAD_DURATION: /],
  ['call n1 echo --timeout 0', /BAD_DURATION: /],
  ['call n1 echo --client n1', /BAD_REQUEST: /],
  ['call n1 frob', /CALL_REFUSED: n1 answered frob with error 10/],
  ['logs n9', /NODE_UNKNOWN: /],
  ['logs -n many', /BAD_REQUEST: expected a whole number/],
  ['status --name nobody', /CLUSTER_NOT_FOUND: no cluster called nobody/],
  ["status --name '../x'", /BAD_REQUEST: .* cannot be the name of a cluster/],
  ["up --name 'a b'", /BAD_REQUEST: .* cannot be the name of a cluster/],
  ['up --nodes none', /BAD_REQUEST: expected a whole number from 1 to 500/],
  ['up --nodes 501', /BAD_REQUEST: expected a whole number from 1 to 500/],
  ['up --nodes 0', /BAD_REQUEST: expected a whole number/],
  ['up --port 70000', /BAD_REQUEST: expected a whole number from 0 to 65535/],
  ['up --vector maybe', /BAD_REQUEST: --vector: expected on, off or auto/],
  ['up --queue big', /BAD_SIZE: /],
  ['up --set order', /BAD_REQUEST: expected key=value/],
  ['up --name other1 --program ./missing.ts', /PROGRAM_NOT_FOUND: .*missing\.ts/],
  ['up --name other2 --program frob', /PROGRAM_NOT_FOUND: no ready program is called frob/],
  ['up --name other3 --program .', /PROGRAM_NOT_FOUND: /],
  [
    'up --name other4 --program package.json',
    /NODE_START_FAILED: no node of package\.json became ready: the program exports no function/,
  ],
  ['up --name other5 -- frobnicate', /PROGRAM_NOT_FOUND: there is no command frobnicate/],
  ['up --name other6 -- ./package.json', /PROGRAM_NOT_FOUND: .*package\.json is not executable/],
  ['up --node kv', /BAD_REQUEST: expected key=value, got "kv"/],
  ['up --node n6=kv', /NODE_UNKNOWN: .*n6/],
  ['up --node leader=kv', /BAD_SELECTOR: .*leader/],
  ['up --node random:1=kv', /BAD_SELECTOR: --node: expected the names of nodes/],
  ['up --node n2=kv --node n1-n3=echo', /BAD_REQUEST: --node: n2 is given two programs/],
  ["up --node 'n2=[1]'", /BAD_REQUEST: --node: expected a JSON list of words/],
  ['up --name other8 --node n1=./missing.ts', /PROGRAM_NOT_FOUND: .*missing\.ts/],
  ["up --name other9 --node 'n1=frobnicate now'", /PROGRAM_NOT_FOUND: there is no command frob/],
  ['up --name other7 --host 203.0.113.7', /BAD_REQUEST: the control API cannot listen on 203/],
  ['up --program echo', /CLUSTER_EXISTS: a cluster called default is already running/],
  ['up --program echo --detach', /CLUSTER_EXISTS: a cluster called default is already running/],
];

test.each(refused)(
  '`cluster %s` is one line, and a failure',
  { concurrent: true },
  async (line, error) => {
    const { code, stdout, stderr } = await outcome(spawnCluster(cluster.home, words(line)));
    expect(stderr).toMatch(/^error [A-Z_]+: .+\n$/);
    expect(stderr.slice('error '.length)).toMatch(error);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  },
);

test('bad input leaves the cluster unchanged and no extra process running', async () => {
  const { nodes, rules } = await cluster.client.status();
  expect(rules).toEqual([]);
  expect(nodes.map(({ id, state, incarnation }) => [id, state, incarnation])).toEqual([
    ['n1', 'ready', 1],
    ['n2', 'ready', 1],
    ['n3', 'ready', 1],
  ]);
  // A wrong setting keeps a good one in the same command from being applied.
  expect(nodes.map(({ clock }) => clock.describes)).toEqual(['perfect', 'perfect', 'perfect']);
  const { stdout } = await cluster.run('ls', '--json');
  expect(JSON.parse(stdout)).toMatchObject([{ name: 'default' }]);
  // The supervisor, its reaper, the router and three nodes.
  const left = (): string[] => processesOf(cluster.home).map(({ command }) => command);
  await until(() => left().length === 6, 'no other process is left').catch((error) => {
    throw new Error(`${error.message}: ${left().join('\n')}`);
  });
});

test('with --json an error is one line of JSON', async () => {
  const { code, stdout, stderr } = await cluster.run('kill', 'n9', '--json');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'NODE_UNKNOWN' } });
});

test('a port in use is reported, and nothing is left of the start', async () => {
  await using home = new Home();
  const other = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => other.once('listening', resolve));
  const { port } = other.address() as AddressInfo;
  const up = ['up', '--nodes', '1', '--program', 'echo', '--port', String(port)];
  const { code, stderr } = await outcome(spawnCluster(home.path, up));
  other.close();
  expect(code).toBe(1);
  expect(stderr).toBe(
    `error PORT_IN_USE: port ${port} is in use: choose another with --port, or omit it to get a free port\n`,
  );
  expect(processesOf(home.path)).toEqual([]);
});

test.each(['status', 'down', 'call n1 echo', 'heal', 'add', 'rules'])(
  'if no cluster runs, `cluster %s` explains how to start one',
  { concurrent: true },
  async (line) => {
    await using home = new Home();
    const { code, stderr } = await outcome(spawnCluster(home.path, words(line)));
    expect(code).toBe(1);
    expect(stderr).toBe(
      'error CLUSTER_NOT_FOUND: no cluster is running: start one with `pnpm cluster up`\n',
    );
  },
);

test.each([
  ...['trace', 'why n1.1.1', 'before n1.1.1 n1.1.2', 'order', 'check', 'replay'],
  ...['events', 'events -f', 'logs', 'logs -f', 'timeline'],
])(
  'if nothing ever ran, `cluster %s` explains how to start a cluster and how to name a recording',
  { concurrent: true },
  async (line) => {
    await using home = new Home();
    const { code, stderr } = await outcome(spawnCluster(home.path, words(line)));
    expect(code).toBe(/^(check|replay)$/.test(line) ? 3 : 1);
    expect(stderr).toBe(
      'error CLUSTER_NOT_FOUND: no cluster is running: start one with `pnpm cluster up`, or name a recording: `pnpm cluster runs` lists them\n',
    );
  },
);
