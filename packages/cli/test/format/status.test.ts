import type { ClusterStatus, NodeStatus, RuleStatus } from '@faultline/protocol';
import { expect, test } from 'vitest';
import { formatNodes, formatRules, formatStatus } from '../../src/format/status.ts';

const ready: NodeStatus = {
  id: 'n1',
  state: 'ready',
  incarnation: 1,
  pid: 4711,
  role: null,
  reason: null,
  exitCode: null,
  signal: null,
  clock: { describes: 'perfect', isPerfect: true, offsetMs: 0, weather: null, sync: null },
  uptimeMs: 1000,
  program: null,
  restart: null,
  faults: [],
};
const gone: NodeStatus = { ...ready, pid: null, uptimeMs: null, state: 'crashed' };

const rule: RuleStatus = {
  id: 'r1',
  explains: 'lose 5% of messages n1>n2',
  spec: { kind: 'loss', links: 'n1>n2', settings: { probability: '5%' } },
  label: null,
  endsInMs: null,
};

const status: ClusterStatus = {
  name: 'default',
  seed: '26d3f073',
  pid: 4700,
  url: 'http://127.0.0.1:7000',
  program: 'kv',
  settings: {},
  runDir: '.faultline/clusters/default/runs/one',
  keptDisks: null,
  startedAt: '2026-01-31T12:00:00.000Z',
  uptimeMs: 1000,
  router: { state: 'ready', pid: 4701, port: 36003, restarts: 0 },
  nodes: [ready, { ...ready, id: 'n2' }],
  rules: [],
};

/** The row of one node in the table. */
const row = (node: NodeStatus): string => formatNodes([node]).split('\n')[1]!;

test('shows a healthy node as a row of facts', () => {
  const leads = {
    ...ready,
    role: 'leader',
    clock: { describes: '+1h', isPerfect: false, offsetMs: 3_600_000, weather: null, sync: null },
  };
  expect(formatNodes([ready, leads])).toBe(
    [
      'NODE  STATE  PID   STARTS  CLOCK    ROLE',
      'n1    ready  4711  1       perfect  -',
      'n1    ready  4711  1       +1h      leader',
    ].join('\n'),
  );
});

test('shows the resources that a node uses if they are known', () => {
  const usage = { memoryBytes: 71_234_567, cpuMs: 1234, descriptors: 27 };
  expect(formatNodes([{ ...ready, usage }, gone])).toMatch(
    /ROLE +MEMORY +CPU +FDS\n.* - +71MB +1.234s +27\n.* - +- +- +-/,
  );
  expect(row({ ...ready, usage: { ...usage, descriptors: null } })).toMatch(/71MB +1.234s +-$/);
});

test.each<[string, Partial<NodeStatus>, RegExp]>([
  [
    'the reason, if there is one',
    { reason: 'killed on request', signal: 'SIGKILL' },
    /- {5}killed on request$/,
  ],
  ['or else the signal', { signal: 'SIGSEGV' }, /- {5}SIGSEGV$/],
  ['or else the exit code', { exitCode: 3 }, /- {5}exit code 3$/],
  ['even an exit code of 0, if it ended on its own', { exitCode: 0 }, /- {5}exit code 0$/],
])('shows why a node has ended: %s', (_, facts, expected) => {
  expect(row({ ...gone, ...facts })).toMatch(expected);
});

test('shows no exit code of a node that was stopped', () => {
  expect(row({ ...gone, state: 'stopped', exitCode: 0 })).toMatch(/-$/);
  expect(row({ ...gone, state: 'stopped', exitCode: 0 })).not.toContain('exit code');
});

test('shows what rules do and when they end', () => {
  expect(formatRules([rule, { ...rule, id: 'r10', endsInMs: 1500 }])).toBe(
    [
      'RULE  WHAT IT DOES               ENDS IN',
      'r1    lose 5% of messages n1>n2  when healed',
      'r10   lose 5% of messages n1>n2  1.5s',
    ].join('\n'),
  );
  expect(formatRules([])).toBe('no rules in force');
});

test('shows what rules have hit, their sums, and the command that they come from', () => {
  const counts = { looked: 10, matched: 8, hit: 3, copies: { lost: 3 } };
  const edges = [{ edge: 'n1>n2', ...counts, sums: { cost: 0.1 + 0.2 } }];
  const report = { ...counts, sums: { cost: 0.1 + 0.2 }, edges };
  expect(
    formatRules([
      { ...rule, label: 'dsl', report },
      { ...rule, id: 'r2', report: null },
    ]),
  ).toBe(
    [
      'RULE  HIT      WHAT IT DOES               FROM  ENDS IN',
      'r1    3 of 10  lose 5% of messages n1>n2  dsl   when healed',
      'r2    ?        lose 5% of messages n1>n2  -     when healed',
      '',
      'RULE  LINK   SUMS',
      'r1    all    cost 0.3',
      'r1    n1>n2  cost 0.3',
    ].join('\n'),
  );
});

test('shows what reproduces the cluster: program, settings and seed', () => {
  expect(formatStatus(status).split('\n')[0]).toBe('default: 2 nodes run kv, seed 26d3f073');
  const alone = { ...status, nodes: [ready] };
  expect(formatStatus(alone).split('\n')[0]).toBe('default: 1 node runs kv, seed 26d3f073');
  expect(formatStatus({ ...status, settings: { order: 'hybrid', size: '5' } })).toContain(
    'run kv (order=hybrid, size=5), seed 26d3f073',
  );
});

test('shows which disks come from an earlier run', () => {
  expect(formatStatus(status)).not.toContain('disks');
  const keptDisks = { nodes: ['n1', 'n2'], programs: ['kv (order=wall)'] };
  expect(formatStatus({ ...status, keptDisks })).toContain(
    'disks      n1, n2 kept from an earlier run of kv (order=wall) (empty ones: up --wipe)',
  );
});

test('shows processes, ports, addresses and directories', () => {
  const text = formatStatus(status);
  for (const fact of ['process 4701', 'port 36003', status.url, '/docs', status.runDir]) {
    expect(text).toContain(fact);
  }
});

test('shows rules and restarts if there are any', () => {
  expect(formatStatus(status)).not.toMatch(/RULE|restarted/);
  const broken = { ...status, rules: [rule], router: { ...status.router, restarts: 2 } };
  expect(formatStatus(broken)).toContain('restarted 2 times');
  expect(formatStatus(broken)).toContain(rule.explains);
});

test('shows neither process nor port of a router that is down', () => {
  const down = { state: 'crashed' as const, pid: null, port: null, restarts: 1 };
  expect(formatStatus({ ...status, router: down })).toContain('crashed, process -, port -');
});
