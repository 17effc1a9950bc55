/** Plans as a person might write them, in any allowed form. */
import fc from 'fast-check';

const nodes = 5;
const duration = fc
  .tuple(fc.integer({ min: 1, max: 5000 }), fc.constantFrom('ms', 's', 'm'))
  .map(([count, unit]) =>
    unit === 'ms' ? `${count}ms` : unit === 's' ? `${(count % 60) + 1}s` : `${(count % 9) + 1}m`,
  );
const node = fc.integer({ min: 1, max: nodes }).map((i) => `n${i}`);
const whom = fc.oneof(
  node,
  fc.constantFrom('all', 'leader', 'random:1', 'minority', 'n1-n3', 'n1, n2'),
);
const links = fc
  .tuple(node, fc.constantFrom('>', '<>', '<'), node)
  .filter(([a, , b]) => a !== b)
  .map((parts) => parts.join(''));
const share = fc.integer({ min: 1, max: 99 }).map((n) => `${n}%`);

const optional = <T>(key: string, value: fc.Arbitrary<T>) =>
  fc
    .option(value, { nil: undefined })
    .map((given) => (given === undefined ? {} : { [key]: given }));
const together = (...parts: fc.Arbitrary<object>[]) =>
  fc.tuple(...parts).map((each) => Object.assign({}, ...each) as object);
const ending = optional('for', duration);
const naming = optional('as', fc.constantFrom('flaky', 'far'));
const verb = (name: string, subject: fc.Arbitrary<unknown>, ...options: fc.Arbitrary<object>[]) =>
  together(
    subject.map((value) => ({ [name]: value })),
    ...options,
  );
const fixed = (value: object) => fc.constant(value);

const rule = fc.oneof(
  fc.record({ links, kind: fc.constant('loss'), settings: fc.record({ probability: share }) }),
  fc.record({ links, kind: fc.constant('delay'), settings: fc.record({ delay: duration }) }),
  fc.record({
    links: fc.constant('*'),
    kind: fc.constant('cut'),
    type: fc.constantFrom('vote', 'raft.*'),
  }),
  fc.record({
    links,
    kind: fc.constant('hold'),
    first: fc.integer({ min: 1, max: 9 }),
    replies: fc.boolean(),
  }),
  fc.record({ links, profile: fc.constantFrom('satellite', 'lte', 'same-rack') }),
);

const seen = fc.oneof<fc.Arbitrary<unknown>[]>(
  fc.constantFrom('n1 becomes leader', 'any is crashed', 'n2 is paused'),
  together(
    fc.constantFrom<object>({ event: 'elected' }, { role: 'leader' }, { state: 'down' }),
    optional('node', node),
    optional('count', fc.integer({ min: 1, max: 5 })),
  ),
);
const missing = optional('optional', fc.boolean());
const action: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>('heal', 'ring', { heal: true }),
  verb(
    'partition',
    fc.constantFrom('minority | majority', 'n1 | rest', 'n1,n2 | leader'),
    ending,
    optional('oneWay', fc.boolean()),
  ),
  verb('isolate', whom, ending, missing),
  verb('bridge', node, ending),
  verb('link', rule, ending, naming),
  fc.constantFrom<unknown>('converge', { converge: true }),
  verb('wait', duration),
  verb('wait', seen, optional('within', duration)),
  verb(
    'geography',
    fc.record({ zones: fc.constant('eu: n1,n2 | us: rest') }),
    ending,
    optional('owner', fc.constantFrom('ops', 'dev')),
  ),
  fc.constantFrom({ release: true }, { release: '*>n1' }),
  verb('add', fc.integer({ min: 1, max: 2 }), ending, optional('program', fc.constant('./v2.ts'))),
  verb('remove', whom, missing),
  verb('kill', whom, optional('restartAfter', duration)),
  verb('stop', whom, ending),
  verb('start', whom, optional('wipe', fc.boolean())),
  verb('restart', whom),
  verb('pause', whom, ending, naming),
  verb('resume', whom),
  verb(
    'slow',
    whom,
    share.map((cpu) => ({ cpu })),
    ending,
  ),
  verb(
    'hang',
    whom,
    duration.map((forMs) => ({ for: forMs })),
  ),
  verb('leak', whom, fixed({ memory: '10MB' }), ending),
  verb('exhaust', whom, ending),
  verb(
    'crash',
    whom,
    fixed({ when: 'sends vote' }),
    optional('after', fc.integer({ min: 0, max: 9 })),
  ),
  verb(
    'clock',
    whom,
    fc.constantFrom<object>(
      { jump: '+5s' },
      { drift: '200ppm' },
      { freeze: true },
      { strobe: { delta: '200ms', period: '1s' } },
      { slew: { by: '-100ms' } },
      { weather: 'ntp 5ms' },
      { reset: true },
    ),
    ending,
  ),
  verb(
    'disk',
    whom,
    fc.constantFrom<object>(
      { slow: '20ms' },
      { full: true },
      { full: false },
      { error: '10%', torn: true },
    ),
    ending,
  ),
  verb(
    'call',
    node,
    fixed({ body: { type: 'write', key: 'x', value: [1, null] } }),
    optional('timeout', duration),
    optional('client', fc.constantFrom('c7', 'c99')),
  ),
);

const load = together(
  fc.constantFrom<object>({ for: '10s' }, { operations: 9 }, { for: '1500ms', operations: 7 }),
  fc.constantFrom('register', 'set').map((workload) => ({ workload })),
  optional('clients', fc.integer({ min: 1, max: 20 })),
  optional('minRate', fc.constantFrom(0.5, 20)),
  optional('options', fc.constantFrom({ reads: 0.5 })),
);
const prelude = fc.oneof(
  action,
  fc.constantFrom<unknown>('reset', { reset: true }),
  verb(
    'load',
    load,
    fc.constantFrom({}, { converge: false }, { converge: true }, { converge: true, within: '3s' }),
  ),
);

const condition = fc.oneof(
  fc.record({ at: fc.oneof(duration, fc.constant('0s')) }),
  together(
    seen.map((after) => ({ after })),
    optional('plus', duration),
  ),
  together(
    duration.map((every) => ({ every })),
    optional('from', duration),
    optional('until', duration),
  ),
);
const step = together(
  condition,
  fc
    .oneof(action, fc.array(action, { minLength: 1, maxLength: 3 }))
    .map((given) => ({ do: given })),
  optional('name', fc.constantFrom('first blow', 'the end: soon', '7')),
  missing,
);
/** A node that is added by name, and referred to. */
const newcomer = fc
  .tuple(fc.constantFrom('n901', 'n902,n903', 'n904-n906'), duration)
  .map(([names, at]) => [
    { at, do: { add: names } },
    { at, do: [{ pause: names, for: '1s' }, 'heal'] },
    { after: `${names.slice(0, 4)} is ready`, do: { isolate: names } },
  ]);
/** An action with a name, and its undo by that name. */
const named = fc
  .tuple(rule, duration, fc.constantFrom('undo', 'unlink'))
  .map(([link, at, back]) => [
    { at, do: [{ [back]: 'flaky' }, { undo: 'far' }] },
    { at, do: [{ link, as: 'flaky' }, 'heal'] },
    { after: 'n1 is paused', do: { isolate: 'n1', as: 'far' } },
  ]);
const check = fc.constantFrom<unknown>(
  'linearizable',
  { linearizable: 'register' },
  'set',
  'serializable',
  { 'snapshot-isolation': 'append' },
  'availability >= 90%',
  { availability: '≥ 0.5' },
  { latency: 'max <= 1s, p99 <= 200ms' },
  { 'messages-per-operation': '<= 30' },
  { recovery: '<= 3000ms' },
  { convergence: '<= 5s' },
  'convergence',
);

export const plan: fc.Arbitrary<object> = together(
  optional('name', fc.constantFrom('stale-read', 'p1')),
  optional(
    'seed',
    fc.oneof<fc.Arbitrary<unknown>[]>(
      fc.maxSafeInteger(),
      fc.constantFrom('0x7', 'no', '1e3', 'a: b', '~'),
    ),
  ),
  optional(
    'cluster',
    together(
      fixed({ nodes }),
      optional(
        'program',
        fc.oneof<fc.Arbitrary<unknown>[]>(
          fc.constantFrom('kv', './mine.ts'),
          fc.constant(['python3', '-u', 'node.py']),
        ),
      ),
      optional(
        'settings',
        fc.dictionary(
          fc.string({ minLength: 1, maxLength: 5 }),
          fc.oneof<fc.Arbitrary<unknown>[]>(
            fc.string({ maxLength: 9 }),
            fc.integer(),
            fc.boolean(),
          ),
          { noNullPrototype: true },
        ),
      ),
      optional('clocks', fc.constantFrom('perfect', 'ntp 5ms')),
      optional('trace', fc.constantFrom<unknown>('off', 'full', false, true, 'headers')),
      optional('restart', fc.constantFrom<unknown>('no', 'always', false)),
      optional('sign', fc.boolean()),
      optional('readyTimeout', duration),
    ),
  ),
  together(
    fc.constantFrom<object>({ for: '10s' }, { for: '1500ms' }),
    fc.constantFrom('register', 'set').map((workload) => ({ workload })),
    optional('clients', fc.integer({ min: 1, max: 20 })),
    optional('rate', fc.constantFrom(0.5, 100)),
    optional('timeout', duration),
    optional('options', fc.constantFrom({ reads: 0.5 })),
  ).map((load) => ({ load })),
  optional('notes', fc.constantFrom([], ['by hand: see above'], ['one', 'two'])),
  optional(
    'before',
    fc
      .tuple(fc.array(prelude, { maxLength: 4 }), fc.boolean())
      .map(([actions, isNamed]) =>
        isNamed ? [...actions, { pause: 'n2', as: 'still' }, { undo: 'still' }] : actions,
      ),
  ),
  optional(
    'steps',
    fc
      .tuple(
        fc.array(step, { maxLength: 6 }),
        fc.uniqueArray(newcomer, {
          maxLength: 2,
          selector: ([first]) => JSON.stringify(first!.do),
        }),
        fc.option(named, { nil: [] }),
      )
      .map(([steps, newcomers, taken]) => [...steps, ...newcomers.flat(), ...taken]),
  ),
  optional('converge', fc.constantFrom<unknown>({}, { within: '5s' }, false)),
  optional('checks', fc.oneof<fc.Arbitrary<unknown>[]>(check, fc.array(check, { maxLength: 4 }))),
);
