import { readdirSync, readFileSync } from 'node:fs';
import { askedBy } from '@faultline/actions';
import fc from 'fast-check';
import { Value } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { draws } from '../../../test/helpers/draws.ts';
import {
  actionText,
  checkText,
  conditionText,
  firingsOf,
  formatPlan,
  isSamePlan,
  type Plan,
  PlanSchema,
  parsePlan,
  planKey,
  readPlan,
  verbOf,
  verbs,
  withoutAction,
  withoutStep,
} from '../src/index.ts';
import { plan as anyPlan } from './helpers/arbitraries.ts';

const shuffled = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, field]) => [key, shuffled(field)] as const)
      .reverse(),
  );
};

describe('a plan', () => {
  test('is the same plan after it is printed and read again', () => {
    fc.assert(
      fc.property(anyPlan, (data) => {
        const plan = readPlan(data);
        expect(parsePlan(formatPlan(plan))).toEqual(plan);
        expect(parsePlan(JSON.stringify(plan))).toEqual(plan);
        expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
      }),
      { numRuns: draws(50) },
    );
  });

  test('may have nodes and clients up to the limits, and no more', () => {
    const plan = (nodes: number, clients: number, client: string) => () =>
      readPlan({
        cluster: { nodes },
        load: { workload: 'register', clients, for: '1s' },
        steps: [{ at: '1s', do: { call: 'n1', body: { type: 'read' }, client } }],
      });
    expect(plan(500, 998, 'c9999')).not.toThrow();
    expect(plan(501, 998, 'c9999')).toThrow(/nodes/);
    expect(plan(500, 999, 'c9999')).toThrow(/clients/);
    expect(plan(500, 998, 'c10000')).toThrow(/a client from c1 to c9999/);
  });

  test('in canonical form is unchanged by reading, whatever the order of its fields', () => {
    fc.assert(
      fc.property(anyPlan, (data) => {
        const plan = readPlan(data);
        expect(readPlan(plan)).toEqual(plan);
        expect(isSamePlan(readPlan(shuffled(data)), plan)).toBe(true);
      }),
      { numRuns: draws(50) },
    );
  });

  test('matches the published schema, both as written and in canonical form', () => {
    fc.assert(
      fc.property(anyPlan, (data) => {
        expect([...Value.Errors(PlanSchema, data)]).toEqual([]);
        expect(Value.Check(PlanSchema, readPlan(data))).toBe(true);
      }),
      { numRuns: draws(50) },
    );
  });

  test('without any one of its steps or actions is a valid, different plan', () => {
    fc.assert(
      fc.property(anyPlan, (data) => {
        const plan = readPlan(data);
        for (const [step, { do: actions }] of plan.steps.entries()) {
          const smaller = [
            withoutStep(plan, step),
            ...actions.map((_, action) => withoutAction(plan, step, action)),
          ];
          for (const reduced of smaller) {
            expect(readPlan(reduced)).toEqual(reduced);
            expect(isSamePlan(reduced, plan)).toBe(false);
          }
        }
      }),
      // Each plan has a dozen smaller ones.
      { numRuns: draws(20) },
    );
  });

  test('shows each of its steps and checks in one line', () => {
    fc.assert(
      fc.property(anyPlan, (data) => {
        const { steps, checks } = readPlan(data);
        const lines = [
          ...steps.flatMap((step) => [conditionText(step), ...step.do.map(actionText)]),
          ...checks.map(checkText),
        ];
        for (const line of lines) expect(line).toMatch(/^\S[^\n]*$/);
        for (const step of steps) {
          for (const action of step.do) expect(actionText(action)).toContain(verbOf(action));
        }
      }),
      { numRuns: draws(100) },
    );
  });

  test('is equal to one that says the same in other words', () => {
    const short = readPlan({
      steps: [{ at: '2000ms', do: 'heal' }],
      checks: 'availability >= 0.9',
    });
    const long = readPlan({
      name: 'plan',
      checks: [{ availability: '≥ 90%' }],
      cluster: {
        program: 'kv',
        nodes: 5,
        clocks: 'perfect',
        trace: 'headers',
        restart: 'no',
        readyTimeout: '10000ms',
      },
      steps: [{ do: [{ heal: true }], at: '2s' }],
      converge: { within: '10s' },
    });
    expect(planKey(short)).toBe(planKey(long));
    const other = readPlan({
      steps: [{ at: '2001ms', do: 'heal' }],
      checks: 'availability >= 0.9',
    });
    expect(isSamePlan(short, other)).toBe(false);
  });
});

describe('a mistake in a plan is reported in one line, with its place', () => {
  const head = 'name: p\ncluster: { nodes: 3 }\nload: { workload: register, for: 10s }\n';
  test.each([
    [
      'steps: [{ at: 2s, do: { partition: "n1 | n9" } }]',
      /^p\.yaml:4:25: steps\[0\]\.do\.partition: there is no n9/,
    ],
    [
      'steps:\n  - at: 5\n    do: heal',
      /^p\.yaml:5:5: steps\[0\]\.at: expected a duration such as 2s, got 5: write 5s or 5ms/,
    ],
    ['steps:\n  - at: 2s\n    do: heel', /^p\.yaml:6:5: .*did you mean heal\?/],
    [
      'steps:\n  - do: heal',
      /^p\.yaml:5:5: steps\[0\]: expected one of at, after and every; got none/,
    ],
    ['steps:\n  - at: 1s\n    every: 2s\n    do: heal', /got at and every/],
    ['steps:\n  - at: 1s\n    do: { pause: n1, kill: n2 }', /kill and pause are two actions/],
    [
      'steps:\n  - at: 1s\n    do: { restart: n1, for: 1s }',
      /^p\.yaml:6:24: .*restart does not end automatically/,
    ],
    ['steps:\n  - at: 1s\n    do: { hang: n1 }', /for is missing/],
    [
      'steps:\n  - at: 1s\n    do: reset',
      /steps\[0\]\.do\.reset: reset is allowed only before the load/,
    ],
    [
      'before: [{ heal: true, as: well }]',
      /before\[0\]\.as: heal cannot be undone: it accepts no as/,
    ],
    ['before: [{ wait: 5 }]', /before\[0\]\.wait: expected a duration .*write 5s or 5ms/],
    ['before: [{ wait: any becames leader }]', /before\[0\]\.wait: .*becames/],
    [
      'before: [{ load: { workload: register } }]',
      /before\[0\]\.load: expected the length of the load/,
    ],
    ['steps:\n  - at: 1s\n    do: { clock: n1, jump: 5 }', /steps\[0\]\.do\.jump: /],
    ['steps:\n  - at: 1s\n    do: { disk: n1, flip: log, for: 1s }', /flip accepts no for/],
    [
      'steps:\n  - at: 1s\n    do:\n      - link: { links: n1>n2, kind: los }',
      /^p\.yaml:7:31: steps\[0\]\.do\[0\]\.link\.kind: .*did you mean loss/,
    ],
    [
      'steps:\n  - at: 1s\n    do: { link: { links: n1>n2, kind: loss, settings: { probability: 7 } } }',
      /^p\.yaml:6:57: .*settings\.probability: /,
    ],
    [
      'steps:\n  - after: n1 becames leader\n    do: heal',
      /steps\[0\]\.after: expected "n1 becomes leader"/,
    ],
    ['steps:\n  - after: n1 is crushed\n    do: heal', /did you mean crashed\?/],
    [
      'steps:\n  - after: { role: leader, node: random:1 }\n    do: heal',
      /after\.node: expected one node by its name/,
    ],
    ['checks: [linearisable]', /^p\.yaml:4:10: checks\[0\]: .*did you mean linearizable\?/],
    ['checks: [availability]', /availability needs a bound/],
    [
      'checks: [{ availability: "<= 90%" }]',
      /^p\.yaml:4:12: checks\[0\]\.availability: expected a bound such as ">= 90%"/,
    ],
    ['checks: [{ linearizable: stack }]', /expected a model, which is register/],
    ['chekcs: []', /^p\.yaml:4:1: chekcs: .*did you mean checks\?/],
    ['load: 7', /^p\.yaml:4:1: Map keys must be unique/],
    [
      'steps: [{ at: 1s, do: { isolate: *n } }]',
      /^p\.yaml:4:34: a text that begins with \* refers to an anchor/,
    ],
    ['steps: [{ at: 1s, do: { isolate: c1 } }]', /c1 is a client/],
    [
      'steps: [{ at: 1s, do: { add: n3 } }]',
      /^p\.yaml:4:25: steps\[0\]\.do\.add: a node n3 already exists/,
    ],
    [
      'steps: [{ at: 1s, do: { add: n4 } }, { at: 2s, do: [heal, { add: n4 }] }]',
      /^p\.yaml:4:61: steps\[1\]\.do\[1\]\.add: a node n4 already exists/,
    ],
    ['steps: [{ at: 1s, do: { add: n4 } }, { at: 2s, do: { add: 1 } }]', /n4 may be the name/],
    ['steps: [{ every: 1s, do: { add: n4 } }]', /in a step with every, add nodes by number/],
    [
      'steps: [{ at: 1s, do: { add: leader } }]',
      /expected how many nodes, or names of new ones such as n6/,
    ],
    ['steps: [{ at: 1s, do: { add: 0 } }]', /expected a number of nodes from 1 to 500, or names/],
    ['steps: [{ at: 1s, do: { add: 501 } }]', /expected a number of nodes from 1 to 500, or names/],
    ['steps: [{ at: 1s, do: { add: 2 } }, { at: 2s, do: { kill: n6 } }]', /there is no n6/],
    ['steps: [{ at: 1s, do: { remove: n1, for: 1s } }]', /remove does not end automatically/],
    [
      'steps: [{ at: 1s, do: { isolate: n1, as: alone } }, { at: 2s, do: [heal, { undo: alnoe }] }]',
      /^p\.yaml:4:76: steps\[1\]\.do\[1\]\.undo: no action has the name "alnoe"; did you mean alone\?/,
    ],
    [
      'steps: [{ at: 1s, do: { isolate: n1, as: alone } }, { at: 2s, do: { unlink: alone } }]',
      /steps\[1\]\.do\.unlink: no link action has the name "alone"; give an action that name with as: alone/,
    ],
    [
      'before: [{ undo: alone }]\nsteps: [{ at: 1s, do: { isolate: n1, as: alone } }]',
      /before\[0\]\.undo: no action before it has the name "alone"/,
    ],
    [
      'steps: [{ at: 1s, do: pause leader }]',
      /^p\.yaml:4:19: steps\[0\]\.do: expected an action, got the text "pause leader": write \{ pause: leader \}$/,
    ],
    [
      'steps: [{ at: 1s, do: ["partition n1,n2 | rest, for 2s"] }]',
      /do\[0\]: .*: write \{ partition: 'n1,n2 \| rest', for: 2s \}$/,
    ],
    ['before: [pause]', /before\[0\]: expected an action, .*: write \{ pause: … \}$/],
    [
      'before: [{ at: 1s, do: heal }]',
      /^p\.yaml:4:10: before\[0\]: before expects actions, but this is a step: write only the actions under its do$/,
    ],
    ['steps: [{ at: 1s, do: [{ at: 1s, do: heal }] }]', /do\[0\]: do expects actions, but this is/],
    [
      'before: [{ wait: leader }]',
      /before\[0\]\.wait: expected a duration such as 500ms, or a condition such as any becomes leader, got "leader"$/,
    ],
    ['before: [{ wait: 5 sec }]', /before\[0\]\.wait: expected a unit/],
    [
      'steps: [{ after: n9 becomes leader, do: heal }]',
      /after\.node: there is no n9, only nodes n1, n2, n3, at character 1 of "n9"$/,
    ],
    ['steps: [{ after: c1 becomes leader, do: heal }]', /after\.node: c1 is a client/],
    [
      'steps: [{ at: 1s, do: { pause: "n1,n9" } }]',
      /do\.pause: there is no n9, only nodes n1, n2, n3, at character 4 of "n1,n9"$/,
    ],
    ['steps: [', /^p\.yaml:\d+:\d+: /],
  ])('%s', (tail, expected) => {
    let message = '';
    try {
      parsePlan(head + tail, 'p.yaml');
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'BAD_PLAN', facts: { file: 'p.yaml' } });
      message = (thrown as Error).message;
    }
    expect(message).toMatch(expected);
    expect(message).not.toContain('\n');
  });

  test.each([
    ['', /expected a plan/],
    ['[]', /expected a plan/],
    [
      'load: { workload: register }',
      /expected the length of the load: for: 10s or operations: 1000/,
    ],
    [
      'load: { workload: register, operations: 5 }\nsteps: [{ every: 1s, do: heal }]',
      /every needs until/,
    ],
    ['cluster: { clocks: cloudy }', /cluster\.clocks: expected a weather/],
    ['converge: true', /converge: expected/],
    ['converge: { within: 0s }', /converge\.within: expected/],
    ['cluster: { readyTimeout: soon }', /cluster\.readyTimeout: expected/],
    [
      'before: [{ load: { workload: set, operations: 1 }, within: 5s }]',
      /before\[0\]\.within: expected within only with converge: true/,
    ],
    ['cluster: { nodes: 0 }', /cluster\.nodes: expected a whole number/],
    ['seed: 12345678901234567890', /put it into quotes/],
  ])('%j', (text, expected) => {
    expect(() => parsePlan(text)).toThrow(expected);
  });

  test('data of any shape is rejected only with errors of plans', () => {
    fc.assert(
      fc.property(fc.anything(), fc.anything(), (data, more) => {
        for (const given of [
          data,
          { steps: data },
          { steps: [{ at: '1s', do: data }] },
          { load: data, checks: [more] },
          { cluster: data, converge: more },
        ]) {
          try {
            readPlan(given);
          } catch (thrown) {
            expect(thrown).toMatchObject({ code: 'BAD_PLAN' });
          }
        }
      }),
    );
  });
});

test('removing the action that adds a node removes the actions on that node', () => {
  const plan = readPlan({
    cluster: { nodes: 3 },
    steps: [
      { at: '1s', do: { add: 'n4' } },
      { at: '2s', do: [{ kill: 'n4' }, { pause: 'n1' }] },
      { after: 'n4 is killed', do: 'heal' },
    ],
  });
  expect(withoutStep(plan, 0).steps).toEqual([{ at: '2s', do: [{ pause: 'n1' }] }]);
  expect(withoutStep(plan, 1).steps).toHaveLength(2);
});

test('removing the last action of a name removes the actions that undo it', () => {
  const plan = readPlan({
    cluster: { nodes: 3 },
    before: [{ pause: 'n1', as: 'still' }],
    steps: [
      { at: '1s', do: [{ undo: 'cut' }, { undo: 'still' }, { unlink: 'slow' }] },
      { at: '2s', do: { isolate: 'n1', as: 'cut' } },
      { at: '3s', do: [{ isolate: 'n4', as: 'cut' }, 'heal'] },
      { at: '4s', do: { link: { links: 'n1>n2', kind: 'cut' }, as: 'slow' } },
      { after: 'n4 is ready', do: { add: 'n5' } },
      { at: '6s', do: { add: 'n4' } },
      { after: 'n5 is ready', do: { add: 'n6' } },
    ],
  });
  const undos = (smaller: Plan): unknown[] => smaller.steps[0]!.do.map(actionText);
  const withoutOne = withoutStep(plan, 1);
  expect(undos(withoutOne)).toEqual(['undo cut', 'undo still', 'unlink slow']);
  expect(undos(withoutAction(withoutOne, 1, 0))).toEqual(['undo still', 'unlink slow']);
  expect(undos(withoutStep(plan, 3))).toEqual(['undo cut', 'undo still']);
  // This undo disappears with the node of its action.
  const withoutNode = withoutStep(withoutOne, 4);
  expect(undos(withoutNode)).toEqual(['undo still', 'unlink slow']);
  expect(readPlan(withoutNode)).toEqual(withoutNode);
  expect(withoutNode.steps).toHaveLength(3);
});

test('lists the firings of timed steps in order, up to the end of the load', () => {
  const plan = readPlan({
    load: { workload: 'register', for: '10s' },
    steps: [
      { every: '4s', from: '1s', do: 'heal' },
      { at: '5s', do: 'heal' },
      { after: 'any is crashed', do: 'heal' },
      { every: '3s', until: '9s', do: 'heal' },
    ],
  });
  expect(firingsOf(plan).map(({ step, turn, atMs }) => [step, turn, atMs])).toEqual([
    [0, 0, 1000],
    [3, 0, 3000],
    [0, 1, 5000],
    [1, 0, 5000],
    [3, 1, 6000],
    [0, 2, 9000],
  ]);
});

test('draws times that vary from their distribution, the same for the same seed only', () => {
  const planOf = (seed: string) =>
    readPlan({
      seed,
      load: { workload: 'register', for: '60s' },
      steps: [
        { at: '1s..3s', do: 'heal' },
        { every: 'exp 1s', do: { pause: 'n1', for: '50ms ± 10ms' } },
      ],
    });
  const timesOf = (seed: string, step: number) =>
    firingsOf(planOf(seed)).flatMap((firing) => (firing.step === step ? [firing.atMs] : []));
  expect(timesOf('a', 0)).toEqual(timesOf('a', 0));
  expect(timesOf('a', 1)).toEqual(timesOf('a', 1));
  const first = Array.from({ length: 50 }, (_, seed) => timesOf(String(seed), 0)[0]!);
  expect(new Set(first).size).toBeGreaterThan(40);
  expect(first.every((ms) => ms >= 1000 && ms <= 3000)).toBe(true);
  // About one a second, and no two intervals equal.
  const times = timesOf('a', 1);
  expect(times.length).toBeGreaterThan(30);
  expect(times.length).toBeLessThan(100);
  const gaps = times.slice(1).map((ms, i) => ms - times[i]!);
  expect(new Set(gaps).size).toBe(gaps.length);
  expect(readPlan(planOf('a'))).toEqual(planOf('a'));
});

test.each([
  [{ at: '3s..1s', do: 'heal' }, /the shorter delay first/],
  [{ at: 'exp', do: 'heal' }, /expected a duration|expected a delay/],
  [{ at: '1s', do: { hang: 'n1', for: '1s..2s' } }, /expected|unit/],
  [{ at: '2d..3d', do: 'heal' }, /at most a day|expected/],
])('rejects a time that cannot be drawn: %j', (step, message) => {
  expect(() => readPlan({ steps: [step] })).toThrow(message);
});

test.each([
  [{ programs: { n9: 'kv' } }, 'there is no node "n9": expected one from n1 to n3'],
  [{ programs: { n2: 7 } }, 'programs'],
])('checks the programs of single nodes: %j', (cluster, message) => {
  expect(() => readPlan({ cluster: { nodes: 3, ...cluster }, steps: [] })).toThrow(message);
});

test('the owner of a geography stands beside it, and beside its end', () => {
  const read = (action: unknown) =>
    readPlan({ steps: [{ at: '0s', do: action }] } as never as Plan).steps[0]!.do[0]!;
  const zones = { zones: 'eu: n1 | us: rest' };
  const placed = { geography: zones, owner: 'ops', for: '1s' };
  expect(read(placed)).toEqual(placed);
  expect(askedBy('geography', zones, { owner: 'ops' })).toEqual({
    verb: 'geography',
    options: { ...zones, owner: 'ops' },
  });
  expect(read({ geography: 'off', owner: 'ops' })).toEqual({ geography: 'off', owner: 'ops' });
  expect(askedBy('geography', 'off', { owner: 'ops', for: '1s' })).toEqual({
    verb: 'endGeography',
    options: { owner: 'ops' },
  });
  expect(() => read({ geography: { ...zones, owner: 'ops' } })).toThrow(/owner/);
});

test('an action is undone on the nodes that it acted on', () => {
  const undone = (data: unknown) => {
    const action = readPlan({ steps: [{ at: '0s', do: data }] } as never as Plan).steps[0]!.do[0]!;
    return verbs[verbOf(action)].undo!(action, { nodes: ['n2', 'n4'], rules: ['r3'] });
  };
  expect(undone({ partition: 'minority | majority', for: '1s' })).toEqual({ rules: ['r3'] });
  expect(undone({ pause: 'random:2', for: '1s' })).toEqual({ action: { resume: 'n2,n4' } });
  expect(undone({ slow: 'all', cpu: '10%' })).toEqual({ action: { slow: 'n2,n4', off: true } });
  expect(undone({ clock: 'all', jump: '-5s' })).toEqual({
    action: { clock: 'n2,n4', revert: { jump: '-5s' } },
  });
  expect(undone({ disk: 'all', slow: '20ms', torn: true })).toEqual({
    action: { disk: 'n2,n4', slow: '0ms', torn: false },
  });
  expect(undone({ disk: 'all', flip: '*' })).toBeNull();
});

test('the undo of an action is itself an action', () => {
  fc.assert(
    fc.property(anyPlan, (data) => {
      for (const action of readPlan(data).steps.flatMap((step) => step.do)) {
        const undo = verbs[verbOf(action)].undo?.(action, { nodes: ['n1'], rules: [] });
        if (!undo || !('action' in undo)) continue;
        readPlan({ steps: [{ at: '0s', do: undo.action }] });
      }
    }),
    { numRuns: draws(100) },
  );
});

const examples = new URL('../examples/', import.meta.url);
test.each(readdirSync(examples))('the example %s is a valid plan', (file) => {
  const plan = parsePlan(readFileSync(new URL(file, examples), 'utf8'), file);
  expect(`${plan.name}.yaml`).toBe(file);
  expect(plan.checks.length).toBeGreaterThan(0);
});
