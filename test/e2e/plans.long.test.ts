import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import {
  cluster,
  expectNothingLeft,
  Home,
  outcome,
  processesOf,
  spawnCluster,
} from '../helpers/cluster.ts';

const example = (name: string): string => `packages/plans/examples/${name}.yaml`;

/** A plan in its own file, which is removed at the end of the block. */
function planFile(text: string): { path: string } & Disposable {
  const dir = mkdtempSync(join(tmpdir(), 'faultline-plan-'));
  const path = join(dir, 'plan.yaml');
  writeFileSync(path, text);
  return { path, [Symbol.dispose]: () => rmSync(dir, { recursive: true }) };
}

interface Answer {
  readonly verdict: string;
  readonly seed: string;
  readonly runDir: string;
  readonly checks: readonly { check: string; result: { verdict: string; summary: string } }[];
  readonly faults: readonly { what: string; hits?: number }[];
  readonly steps: readonly {
    does: string;
    nodes: string[];
    atMs: number;
    undoneMs: number | null;
    failed: string | null;
  }[];
  readonly notes: readonly string[];
}

test('a store that answers from its own copy is exposed by an impossible operation, and check and replay give the same verdict', async () => {
  await using home = new Home();
  const run = await cluster(home.path, 'run', example('stale-read'));
  expect(run.stderr).toBe('');
  expect(run.code).toBe(1);
  expect(run.stdout).toMatch(/partition n1,n2 \| n3,n4,n5/);
  expect(run.stdout).toMatch(/violated +linearizable: .*c\d read k\d → /);
  expect(run.stdout).toMatch(/cut messages n1,n2<>n3,n4,n5: touched \d+ messages/);
  const runDir = /^recording +(\S+)$/m.exec(run.stdout)![1]!;

  const again = await cluster(home.path, 'check', runDir);
  expect(again.code).toBe(1);
  expect(again.stdout).toContain(/violated +linearizable: .*/.exec(run.stdout)![0]);
  const other = await cluster(home.path, 'check', runDir, '--checks', 'availability >= 1%');
  expect([other.code, other.stdout]).toEqual([0, expect.stringMatching(/^verdict +ok$/m)]);

  const replay = await cluster(home.path, 'replay', runDir);
  expect(replay.stderr).toBe('');
  expect(replay.stdout).toMatch(/^verdict +violated, as recorded$/m);
  expect(replay.stdout).toContain('With the same messages and rules, no decision differs.');
  expect(replay.code).toBe(0);
}, 60_000);

test('a store keeps its promises through a partition and a crash, and the report says what each fault touched', async () => {
  await using home = new Home();
  const run = await cluster(home.path, 'run', example('kv-converges'), '--json', '--seed', '12');
  expect(run.stderr).toBe('');
  const answer = JSON.parse(run.stdout) as Answer;
  expect(answer.checks.map(({ check, result }) => [check, result.verdict])).toEqual([
    ['convergence', 'ok'],
    ['availability >= 50%', 'ok'],
  ]);
  expect([run.code, answer.verdict, answer.seed]).toEqual([0, 'ok', '12']);
  const [cut, kill] = answer.steps;
  expect(cut!.undoneMs! - cut!.atMs).toBeGreaterThan(500);
  expect([kill!.nodes.length, kill!.failed]).toEqual([1, null]);
  expect(kill!.undoneMs).not.toBeNull();
  expect(answer.faults.find(({ what }) => what.startsWith('cut'))!.hits).toBeGreaterThan(0);
}, 30_000);

test('a Raft cluster gains members and loses its leader for good under load, and stays linearizable', async () => {
  await using home = new Home();
  const run = await cluster(home.path, 'run', example('members-change'), '--json');
  expect(run.stderr).toBe('');
  const answer = JSON.parse(run.stdout) as Answer;
  expect(answer.checks.map(({ check, result }) => [check, result.verdict])).toEqual([
    ['linearizable', 'ok'],
    ['single-leader', 'ok'],
    ['convergence', 'ok'],
  ]);
  const [added, removed] = answer.steps;
  expect([added!.nodes, added!.failed]).toEqual([['n4', 'n5'], null]);
  expect([removed!.nodes.length, removed!.failed]).toEqual([1, null]);
  const hits = answer.faults.filter(({ what }) => /(added|removed)$/.test(what));
  expect(hits.map(({ what, hits }) => [what, hits! > 0])).toEqual([
    ['n4 added', true],
    ['n5 added', true],
    [`${removed!.nodes[0]} removed`, true],
  ]);
}, 60_000);

test('a node that a plan adds for a time is removed again, and a name that does not exist yet is reported', async () => {
  await using home = new Home();
  using file = planFile(`
cluster: { nodes: 2, program: kv }
load: { workload: register, clients: 2, for: 6s, rate: 20, options: { cas: 0 } }
steps:
  - { at: 0s, do: { kill: n3, optional: true } }
  - { at: 200ms, do: { add: n3, for: 500ms } }
checks: [availability >= 1%]
`);
  const run = await cluster(home.path, 'run', file.path, '--json');
  const { steps, notes, faults, verdict } = JSON.parse(run.stdout) as Answer;
  expect(steps.map(({ does, failed }) => [does, failed === null])).toEqual([
    ['kill n3, optional', false],
    ['add n3, for 500ms', true],
  ]);
  expect(notes).toContainEqual(
    expect.stringMatching(/^kill n3, optional could not be done: there is no n3/),
  );
  expect(faults.map(({ what }) => what)).toEqual(['n3 added', 'n3 removed']);
  expect([run.code, verdict]).toEqual([0, 'ok']);
}, 30_000);

test('a plan can set programs of single nodes, the nodes to ask, drawn times, and two administrators', async () => {
  await using home = new Home();
  using file = planFile(`
cluster: { nodes: 3, program: kv, programs: { n3: echo } }
load: { workload: register, clients: 2, for: 1500ms, rate: 40, ask: n1, options: { cas: 0 } }
steps:
  - { at: 0ms, do: { isolate: n2, owner: ops } }
  - { at: 100ms, do: { partition: 'n1 | rest', owner: dev } }
  - { at: 200ms..400ms, do: [{ call: n3, body: { type: echo, echo: hi } }, { heal: true, owner: dev }] }
  - { every: exp 300ms, do: { pause: n2, for: 10ms..50ms, optional: true } }
converge: false
checks: [availability >= 1%]
`);
  const run = await cluster(home.path, 'run', file.path, '--json', '--seed', 'drawn');
  expect(run.stderr).toBe('');
  const { runDir } = JSON.parse(run.stdout) as Answer;
  const read = (name: string) =>
    readFileSync(join(runDir, name), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  const events = read('events.jsonl');
  const of = (kind: string) => events.filter((event) => event.kind === kind);
  expect(of('program.changed')).toMatchObject([{ node: 'n3', facts: { program: 'echo' } }]);
  expect(of('step.did').find(({ facts }) => facts.does.startsWith('call'))?.facts.answer).toContain(
    'echo_ok',
  );
  // One administrator does not heal the rules of the other.
  expect(of('rule.added').map(({ facts }) => facts.spec.owner)).toEqual(['ops', 'dev']);
  expect(of('rule.removed').map(({ facts }) => facts.explains)).toEqual(['cut messages n1<>n2,n3']);
  const nodes = new Set(read('history.jsonl').map(({ node }) => node));
  expect([...nodes]).toEqual(expect.arrayContaining(['n1']));
  expect(nodes.has('n2')).toBe(false);
  const pauses = of('step.begun').filter(({ facts }) => facts.step === 3);
  expect(pauses.length).toBeGreaterThan(0);
  expect(pauses[0].facts.when).toBe('every exp 300ms');
}, 30_000);

test('a fault that could not be done leaves the verdict vacuous, though others touched something', async () => {
  await using home = new Home();
  using file = planFile(`
cluster: { nodes: 2, program: kv }
load: { workload: register, clients: 2, for: 1s, rate: 20, options: { cas: 0 } }
steps:
  - { at: 200ms, do: { isolate: n2, for: 300ms } }
  - { at: 300ms, do: { kill: leader } }
checks: [availability >= 1%]
`);
  const run = await cluster(home.path, 'run', file.path);
  expect(run.stdout).toMatch(
    /^vacuous +availability .*not all of the plan was done: kill leader could not be done: /m,
  );
  expect(run.code).toBe(2);
}, 30_000);

test('a plan without a load lasts until every `for` has ended, and its faults are judged by the messages between nodes', async () => {
  await using home = new Home();
  using file = planFile(`
cluster: { nodes: 3, program: raft }
steps:
  - { at: 500ms, do: { kill: leader, restartAfter: 2s } }
converge: { within: 5s }
checks: [single-leader]
`);
  const run = await cluster(home.path, 'run', file.path, '--json');
  expect(run.stderr).toBe('');
  const { steps, verdict, runDir } = JSON.parse(run.stdout) as Answer;
  expect(steps[0]!.undoneMs! - steps[0]!.atMs).toBeGreaterThan(1900);
  const events = readFileSync(join(runDir, 'events.jsonl'), 'utf8');
  expect(events).toContain('"kind":"step.undone"');
  expect([run.code, verdict]).toEqual([0, 'ok']);
}, 30_000);

test('a retried request is served twice, unless the program detects that it is the same request', async () => {
  await using home = new Home();
  const twice = await cluster(home.path, 'run', example('sent-twice'));
  expect(twice.stdout).toMatch(/violated +exactly-once: not taking effect exactly once: \d+ rep/);
  expect(twice.stdout).toMatch(/requested \d+ \(\d+ requests\), which happened \d+ times/);
  expect(twice.code).toBe(1);
  const once = await cluster(home.path, 'run', example('sent-once'));
  expect(once.stdout).toMatch(/^ok +exactly-once: \d+ requests/m);
  expect(once.code).toBe(0);
}, 60_000);

test('nodes that never agree are reported after the final reads, and fail the convergence check', async () => {
  await using home = new Home();
  using plan = planFile(`
cluster: { nodes: 2, program: ./alone.mjs }
load: { workload: register, clients: 2, operations: 20, options: { cas: 0 } }
converge: { within: 100ms }
checks: [convergence]
`);
  writeFileSync(
    join(dirname(plan.path), 'alone.mjs'),
    `export default function (node) {
  const kept = new Map();
  node.on('write', ({ key, value }) => (kept.set(key, value), {}));
  node.on('read', ({ key }) => ({ value: kept.get(key) ?? null }));
}`,
  );
  const { code, stdout } = await cluster(home.path, 'run', plan.path);
  expect(stdout).toMatch(/final reads are done: the nodes did not agree within 100ms$/m);
  expect([code, stdout]).toEqual([1, expect.stringMatching(/^violated +convergence: /m)]);
});

test('a plan whose faults touch nothing proves nothing', async () => {
  await using home = new Home();
  const run = await cluster(home.path, 'run', example('untouched'));
  expect(run.stdout).toMatch(/^vacuous +convergence: /m);
  expect(run.stdout).toMatch(/touched no process and no message/);
  expect(run.code).toBe(2);
}, 30_000);

test('a plan with converge: false ends as its load leaves it, without healing or final reads', async () => {
  await using home = new Home();
  using file = planFile(`
cluster: { nodes: 3, program: kv }
load: { workload: register, clients: 3, operations: 30, options: { cas: 0 } }
steps: [{ at: 0s, do: { isolate: n3 } }]
converge: false
checks: [convergence]
`);
  const run = await cluster(home.path, 'run', file.path, '--json');
  expect(run.stderr).toBe('');
  const { checks, steps, runDir } = JSON.parse(run.stdout) as Answer;
  expect(checks.map(({ result }) => result.verdict)).toEqual(['unknown']);
  expect(steps.map(({ undoneMs }) => undoneMs)).toEqual([null]);
  const kinds = readFileSync(join(runDir, 'events.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { kind: string }).kind);
  expect(kinds).toEqual(expect.arrayContaining(['load.ended', 'load.read', 'plan.ended']));
  expect(kinds).not.toContain('plan.healed');
  expect(kinds).not.toContain('rule.removed');
}, 30_000);

test('a step whose condition never comes true leaves the verdict vacuous, and is named', async () => {
  await using home = new Home();
  using file = planFile(`
cluster: { nodes: 1 }
load: { workload: register, clients: 1, operations: 5, options: { cas: 0 } }
steps:
  - { name: never, after: any becomes king, do: { pause: n1 } }
checks: [convergence]
`);
  const run = await cluster(home.path, 'run', file.path);
  expect(run.stdout).toContain('step 1, never: it never ran.');
  expect(run.code).toBe(2);
}, 30_000);

test('actions before the load prepare the cluster: an earlier load is not judged, and a reset removes its data', async () => {
  await using home = new Home();
  using file = planFile(`
notes: [the cluster is prepared by hand]
cluster: { nodes: 3, program: kv }
before:
  - load: { workload: register, clients: 2, operations: 30, options: { cas: 0 } }
    converge: true
  - reset
  - call: n1
    client: c9
    body: { type: write, key: z, value: 1 }
  - { isolate: n3, as: alone }
  - wait: 50ms
load: { workload: register, clients: 2, operations: 20, options: { cas: 0 } }
steps: [{ at: 0s, do: { undo: alone } }]
checks: [convergence]
`);
  const run = await cluster(home.path, 'run', file.path, '--json');
  expect(run.stderr).toBe('');
  const answer = JSON.parse(run.stdout) as Answer;
  expect(answer.steps.map(({ does, failed }) => [does.split(' ')[0], failed])).toEqual([
    ['load', null],
    ['reset', null],
    ['call', null],
    ['isolate', null],
    ['wait', null],
    ['undo', null],
  ]);
  const [isolated, undo] = [answer.steps[3]!, answer.steps[5]!];
  expect(isolated.undoneMs).not.toBeNull();
  expect(isolated.undoneMs!).toBeLessThanOrEqual(undo.atMs);
  expect(answer.notes).toContain('the cluster is prepared by hand');
  const check = await cluster(home.path, 'check', answer.runDir, '--checks', 'availability >= 1%');
  expect(check.stdout).toMatch(/availability >= 1%: 20 operations/);
  const shown = await cluster(home.path, 'plan', file.path);
  expect(shown.stdout).toMatch(/before +load workload register.*\n.*reset/);
}, 60_000);

test.each([
  [
    'a wrong plan',
    'steps:\n  - at: 1s\n    do: { pase: n1 }',
    /plan\.yaml:3:11: .*did you mean pause\?/,
  ],
  [
    'a workload that is not there',
    'load: { workload: registr, for: 1s }',
    /plan\.yaml:1:9: load\.workload: no workload is called "registr"/,
  ],
  [
    'an option that the workload does not know',
    'load: { workload: ids, for: 1s, options: { cas: 0 } }',
    /plan\.yaml:1:44: load\.options\.cas: the workload ids has no option "cas"/,
  ],
  [
    'such an option of a load before the one that is judged',
    'before:\n  - reset\n  - load: { workload: ids, operations: 1, options: { cas: 0 } }',
    /plan\.yaml:3:54: before\[1\]\.load\.options\.cas: the workload ids has no option "cas"/,
  ],
  [
    'a program that is not there',
    'cluster: { program: ./nowhere.ts }',
    /error PROGRAM_NOT_FOUND: .*nowhere\.ts/,
  ],
  [
    'a ready program that there is not',
    'cluster: { program: rafft }',
    /error PROGRAM_NOT_FOUND: no ready program is called rafft \(available: .*raft\)/,
  ],
  [
    'a program that crashes as it starts',
    'cluster: { nodes: 3, program: kv, settings: { ordr: hybrid } }',
    /error NODE_START_FAILED: n1, n2, n3 are crashed \(RangeError: kv: there is no setting ordr/,
  ],
  [
    'YAML that is none',
    'name: x\nload: { workload: register, for: 1s\nsteps: []',
    /error BAD_PLAN: .*plan\.yaml:3:1: /,
  ],
  [
    'a wrong unit',
    'steps: [{ at: 1 sec, do: heal }]',
    /plan\.yaml:1:11: steps\[0\]\.at: expected a unit \(.*ms, s, m/,
  ],
  [
    'a check that there is not',
    'checks: [linearisable]',
    /plan\.yaml:1:10: checks\[0\]: .*did you mean linearizable\?/,
  ],
  [
    'a check of an object that the load is not about',
    'load: { workload: ids, for: 1s }\nchecks: [unique-ids, linearizable]',
    /error BAD_PLAN: .*plan\.yaml:2:22: checks\[1\]: linearizable needs a model, and the ids load has none/,
  ],
  [
    'a load that is for other programs',
    'cluster: { nodes: 2, program: kv }\nload: { workload: set, clients: 2, for: 1m }\nchecks: [set]',
    /error BAD_REQUEST: the program supports no request of the set load: .*add/,
  ],
])(
  '%s gives one line and exit code 3, and leaves nothing',
  async (_, text, expected) => {
    await using home = new Home();
    using file = planFile(text);
    const run = await cluster(home.path, 'run', file.path);
    expect(run.stderr).toMatch(expected);
    expect(run.stderr.trimEnd()).not.toContain('\n');
    expect(run.code).toBe(3);
    expect(processesOf(home.path)).toEqual([]);
  },
  30_000,
);

test.each([
  ['run'],
  ['run', 'plan.yaml', 'another.yaml'],
  ['run', '--sed', '1', 'plan.yaml'],
  ['run', 'nowhere.yaml'],
  ['check', '--check', 'linearizable'],
  ['check', 'nowhere'],
  ['check', 'a', 'b'],
  ['replay', '--seed', '1'],
  ['replay', 'nowhere'],
  ['plan'],
])('`%s %s %s` is refused with the exit code for no verdict', async (...args) => {
  await using home = new Home();
  const { code, stdout, stderr } = await cluster(home.path, ...args);
  expect([code, stdout]).toEqual([3, '']);
  expect(stderr).toMatch(/^error (BAD_REQUEST|NOT_FOUND): .*\n$/);
});

test('a check of node reports names the missing report, and does not pass without it', async () => {
  await using home = new Home();
  using file = planFile(`
cluster: { nodes: 2, program: kv }
load: { workload: register, clients: 2, operations: 60, options: { reads: 0.4, cas: 0.5 } }
checks: [single-leader, total-order, exactly-once charged]
`);
  const run = await cluster(home.path, 'run', file.path);
  expect(run.stdout).toMatch(
    /vacuous +single-leader: there are no elections to judge\n +no node reported that it leads; .*node\.event\('leader', \{ term \}\)/,
  );
  expect(run.stdout).toMatch(
    /vacuous +total-order: there are no deliveries to judge\n +no node reported what it/,
  );
  expect(run.stdout).toMatch(/unknown +exactly-once charged: .*with the event charged/);
  expect(run.stdout).toMatch(/cas: not supported by the program \(error 10\); \d+ requests failed/);
  expect(run.code).toBe(2);
}, 30_000);

test('a plan can be printed without running it, and its schema is JSON', async () => {
  await using home = new Home();
  const shown = await cluster(home.path, 'plan', example('leader-pause'));
  expect(shown.stdout).toMatch(
    /1\. after any node becomes leader \(the leader stands still\)\n +pause leader, for 1\.5s/,
  );
  const schema = JSON.parse((await cluster(home.path, 'plan', '--schema')).stdout);
  expect(schema).toMatchObject({ type: 'object', properties: { steps: { type: 'array' } } });
  expect(readdirSync(home.path)).not.toContain('clusters');
}, 30_000);

test('a recording without a plan can be checked with named checks, and cannot be replayed', async () => {
  await using home = new Home();
  using file = planFile(
    'cluster: { nodes: 1 }\nload: { workload: register, clients: 1, operations: 5, options: { cas: 0 } }\nchecks: [linearizable]',
  );
  const run = await cluster(home.path, 'run', file.path, '--json');
  const { runDir, verdict } = JSON.parse(run.stdout) as Answer;
  expect([run.code, verdict]).toEqual([0, 'ok']);
  rmSync(join(runDir, 'plan.json'));
  const unnamed = await cluster(home.path, 'check', runDir);
  expect([unnamed.code, unnamed.stderr]).toEqual([
    3,
    expect.stringContaining('--checks linearizable'),
  ]);
  const named = await cluster(
    home.path,
    'check',
    runDir,
    '--checks',
    'linearizable,latency p50 <= 5s, max <= 5s',
  );
  expect([named.code, named.stderr]).toEqual([0, '']);
  const replay = await cluster(home.path, 'replay', runDir);
  expect([replay.code, replay.stderr]).toEqual([3, expect.stringContaining('has no plan.json')]);
}, 30_000);

test('a run that is interrupted has no verdict, and leaves nothing behind', async () => {
  await using home = new Home();
  using file = planFile(
    'cluster: { nodes: 2 }\nload: { workload: register, clients: 2, for: 1m }\nchecks: [convergence]',
  );
  const child = spawnCluster(home.path, ['run', file.path]);
  const ended = outcome(child);
  await new Promise<void>((resolve) => {
    child.stdout!.on('data', (data) => {
      if (String(data).includes('the load begins')) resolve();
    });
    child.on('close', () => resolve());
  });
  child.kill('SIGINT');
  const { code, stderr, stdout } = await ended;
  expect([code, stderr]).toEqual([130, expect.stringMatching(/^error CLUSTER_STOPPING: .*\n$/)]);
  expect(stdout).not.toContain('verdict');
  await expectNothingLeft(home.path, performance.now());
}, 30_000);
