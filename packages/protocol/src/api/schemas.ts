/** The shapes that cross the control API, as schemas: the server validates with them, the OpenAPI document is made of them, and the client's types follow from them. */
import { type Static, type TSchema, Type } from 'typebox';

const text = (description: string) => Type.String({ description });
const number = (description: string) => Type.Number({ description });
const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

const nodeStates = ['starting', 'ready', 'paused', 'slow', 'crashed', 'stopped'] as const;

export const NodeState = Type.Unsafe<(typeof nodeStates)[number]>({
  type: 'string',
  enum: [...nodeStates],
  description: 'slow: alive, but its event loop does not answer',
});
export type NodeState = Static<typeof NodeState>;

/** What was done to a node's process, other than to its clock and its links. */
export const NodeFault = Type.Object({
  kind: text('such as slow'),
  explains: text('the fault in words'),
  endsInMs: nullable(Type.Number()),
  facts: Type.Record(Type.String(), Type.Unknown()),
});
export type NodeFault = Static<typeof NodeFault>;

export const NodeStatus = Type.Object({
  id: text('such as n1'),
  state: NodeState,
  incarnation: number('counts the starts of this node'),
  pid: nullable(Type.Number()),
  role: nullable(text('what the program says it is, such as leader')),
  reason: nullable(text('why it is crashed or slow, with the line of the program')),
  exitCode: nullable(Type.Number()),
  signal: nullable(Type.String()),
  clock: Type.Object({
    describes: text('the clock in words, such as +1h'),
    offsetMs: number('node time minus true time'),
    sync: nullable(text('how often it is synchronised, such as every 10s')),
    weather: nullable(text('what goes on with it by itself, such as ntp 5ms every 16s')),
  }),
  uptimeMs: nullable(Type.Number()),
  program: nullable(text('what it runs, where that is not what the cluster was started with')),
  restart: nullable(
    Type.Object(
      { count: number('crashes in a row'), inMs: number('until it is started again') },
      { description: 'it crashed and will be started again' },
    ),
  ),
  faults: Type.Array(NodeFault),
});
export type NodeStatus = Static<typeof NodeStatus>;

const count = (description: string) => Type.Integer({ description });
const counts = {
  looked: count('messages that passed while the rule was there'),
  matched: count('those that it is about, counts and chance aside'),
  hit: count('those that it did something to'),
  copies: Type.Record(Type.String(), Type.Integer(), {
    description: 'copies by what was done to them',
  }),
  sums: Type.Record(Type.String(), Type.Number(), {
    description: 'what the kind sums up, such as a cost',
  }),
};

export const RuleReport = Type.Object({
  ...counts,
  edges: Type.Array(Type.Object({ edge: text('such as n1>n2'), ...counts }), {
    description: 'the links on which it did most',
  }),
});
export type RuleReport = Static<typeof RuleReport>;

export const RuleStatus = Type.Object({
  id: text('such as r1'),
  explains: text('the rule in words'),
  spec: Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true }),
  label: nullable(text('the command it came from, such as partition')),
  endsInMs: nullable(Type.Number()),
  report: Type.Optional(
    Type.Union([RuleReport, Type.Null()], {
      description: 'what it has done, where that was asked for; null: the router does not answer',
    }),
  ),
});
export type RuleStatus = Static<typeof RuleStatus>;

export const ClusterStatus = Type.Object({
  name: Type.String(),
  seed: Type.String(),
  pid: number('of the supervisor'),
  url: text('of this API'),
  program: Type.String(),
  settings: Type.Record(Type.String(), Type.String()),
  runDir: text('where this run is recorded'),
  startedAt: text('true time, ISO 8601'),
  uptimeMs: Type.Number(),
  router: Type.Object({
    state: Type.Union([Type.Literal('starting'), Type.Literal('ready'), Type.Literal('crashed')]),
    pid: nullable(Type.Number()),
    port: nullable(Type.Number()),
    restarts: Type.Number(),
  }),
  nodes: Type.Array(NodeStatus),
  rules: Type.Array(RuleStatus),
});
export type ClusterStatus = Static<typeof ClusterStatus>;

export const ClusterEvent = Type.Object({
  seq: number('counts the events of a run, from 1'),
  atMs: number('true time since the cluster began'),
  time: text('true time, ISO 8601'),
  kind: text('such as node.ready or rule.added'),
  node: nullable(Type.String()),
  facts: Type.Record(Type.String(), Type.Unknown()),
});
export type ClusterEvent = Static<typeof ClusterEvent>;

export const Affected = Type.Object({ nodes: Type.Array(NodeStatus) });
export type Affected = Static<typeof Affected>;

export const AddNodes = Type.Object(
  {
    count: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 200, description: 'how many, under the next names' }),
    ),
    nodes: Type.Optional(
      text('or which: n6,n7; one that was there before in this run is not used again'),
    ),
    program: Type.Optional(text('what they run; what the cluster was started with if left out')),
  },
  { additionalProperties: false },
);
export type AddNodes = Static<typeof AddNodes>;

export const StartNodes = Type.Object(
  {
    wipe: Type.Optional(Type.Boolean({ description: 'start with an empty disk' })),
    program: Type.Optional(
      text(
        'what to run from now on: a ready program, a file, or what the cluster was started with',
      ),
    ),
  },
  { additionalProperties: false },
);
export type StartNodes = Static<typeof StartNodes>;

export const Slow = Type.Object(
  {
    cpu: Type.Optional(text('the share of one CPU that is left: 10%')),
    for: Type.Optional(text('ends by itself after this long: 10s')),
    off: Type.Optional(Type.Boolean({ description: 'at full speed again' })),
  },
  { additionalProperties: false },
);
export type Slow = Static<typeof Slow>;

export const Hang = Type.Object(
  { for: text('how long the event loop is blocked: 2s') },
  { additionalProperties: false },
);
export type Hang = Static<typeof Hang>;

export const LeakMemory = Type.Object(
  {
    memory: Type.Optional(text('how much is held in the end: 200MB')),
    perSecond: Type.Optional(text('how fast it grows: 20MB; at once where left out')),
    off: Type.Optional(Type.Boolean({ description: 'free it' })),
  },
  { additionalProperties: false },
);
export type LeakMemory = Static<typeof LeakMemory>;

export const Exhaust = Type.Object(
  {
    descriptors: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 65_536, description: 'how many; all where left out' }),
    ),
    off: Type.Optional(Type.Boolean({ description: 'close them' })),
  },
  { additionalProperties: false },
);
export type Exhaust = Static<typeof Exhaust>;

export const Crash = Type.Object(
  {
    when: Type.Optional(
      text('at which point: sends TYPE, receives TYPE, before sync [FILE], after sync [FILE]'),
    ),
    after: Type.Optional(
      Type.Integer({ minimum: 0, maximum: 1e9, description: 'not the first so many times' }),
    ),
    off: Type.Optional(Type.Boolean({ description: 'not any more' })),
  },
  { additionalProperties: false },
);
export type Crash = Static<typeof Crash>;

export const ClockChange = Type.Object(
  {
    jump: Type.Optional(text('the wall clock moves by this much at once: +5s, -1h')),
    drift: Type.Optional(text('both clocks run fast or slow from now on: 200ppm, -50ppm, 0ppm')),
    freeze: Type.Optional(Type.Boolean({ description: 'the wall clock stops' })),
    thaw: Type.Optional(Type.Boolean({ description: 'a frozen wall clock goes on' })),
    strobe: Type.Optional(
      Type.Union([
        Type.Object(
          { delta: text('such as 200ms'), period: text('such as 1s') },
          {
            additionalProperties: false,
            description: 'the wall clock flips by delta, forth and back',
          },
        ),
        Type.Literal('off', { description: 'it flips no more' }),
      ]),
    ),
    slew: Type.Optional(
      Type.Object(
        { by: text('such as -100ms'), rate: Type.Optional(text('such as 500ppm, the default')) },
        { additionalProperties: false, description: 'both clocks are moved little by little' },
      ),
    ),
    sync: Type.Optional(
      Type.Object(
        {
          every: Type.Optional(
            text('again and again, such as 10s, large errors in a step and small ones slewed; off'),
          ),
        },
        {
          additionalProperties: false,
          description:
            'the node asks the time server over the network, as NTP does, and sets its wall clock',
        },
      ),
    ),
    setError: Type.Optional(
      text('the wall clock is set to true time plus this, and the node knows so: 2ms, -2ms, 0'),
    ),
    weather: Type.Optional(
      text(
        'what goes on with the clock from now on: perfect, ntp 5ms, drifting 100ppm, jumping 3s, frozen, leap',
      ),
    ),
    reset: Type.Optional(Type.Boolean({ description: 'a perfect clock again' })),
  },
  { additionalProperties: false, minProperties: 1 },
);
export type ClockChange = Static<typeof ClockChange>;

export const DiskChange = Type.Object(
  {
    slow: Type.Optional(
      text('how long each write takes, as a delay: 20ms, lognormal 5ms p99 200ms; 0ms: no longer'),
    ),
    full: Type.Optional(Type.Boolean({ description: 'every write fails with DISK_FULL' })),
    error: Type.Optional(text('the share of writes that fail with DISK_ERROR: 10%')),
    torn: Type.Optional(
      Type.Boolean({ description: 'a process that ends leaves its last unsynced record in part' }),
    ),
    flip: Type.Optional(
      text('at once, one bit of a record in this file is another; *: in any of its files'),
    ),
    off: Type.Optional(Type.Boolean({ description: 'a disk without faults again' })),
  },
  { additionalProperties: false, minProperties: 1 },
);
export type DiskChange = Static<typeof DiskChange>;

export const Partition = Type.Object(
  {
    groups: Type.Optional(text('sides that cannot reach each other: n1,n2 | n3,n4,n5')),
    isolate: Type.Optional(text('nodes that each stand alone')),
    bridge: Type.Optional(text('one node that still sees both halves')),
    ring: Type.Optional(
      Type.Boolean({ description: 'everybody sees a majority, nobody the same one' }),
    ),
    oneWay: Type.Optional(
      Type.Boolean({ description: 'only messages from a group to the groups behind it are cut' }),
    ),
    for: Type.Optional(text('heals by itself after this long: 10s')),
  },
  { additionalProperties: false, minProperties: 1 },
);
export type Partition = Static<typeof Partition>;

export const SettingDescription = Type.Object({
  name: Type.String(),
  description: Type.String(),
  takes: Type.Unsafe<'flag' | 'text' | 'number' | 'list' | 'json'>({
    type: 'string',
    enum: ['flag', 'text', 'number', 'list', 'json'],
    description: 'how it is written as text; a flag is there or not',
  }),
  expects: text('what it takes, in words'),
  examples: Type.Array(Type.Unknown()),
  default: Type.Optional(Type.Unknown()),
  isRequired: Type.Boolean(),
});
export type SettingDescription = Static<typeof SettingDescription>;

export const KindDescription = Type.Object({
  name: text('such as loss'),
  summary: Type.String(),
  needs: nullable(Type.String({ description: 'another kind that has to be on the same links' })),
  settings: Type.Array(SettingDescription),
  main: nullable(
    Type.String({ description: "the setting that a flag of the kind's name stands for" }),
  ),
});
export type KindDescription = Static<typeof KindDescription>;

export const ProfileDescription = Type.Object({
  name: text('such as satellite'),
  summary: Type.String(),
  source: text('where the figures come from'),
  rules: Type.Array(
    Type.Object({ kind: Type.String(), settings: Type.Record(Type.String(), Type.Unknown()) }),
  ),
});
export type ProfileDescription = Static<typeof ProfileDescription>;

export const Faults = Type.Object({
  kinds: Type.Array(KindDescription, { description: 'in the order in which they act' }),
  match: Type.Array(SettingDescription, { description: 'what any rule may ask of a message' }),
  profiles: Type.Array(ProfileDescription, { description: 'networks that have a name' }),
});
export type Faults = Static<typeof Faults>;

export const AddRules = Type.Object(
  {
    rules: Type.Array(
      Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true }),
      {
        minItems: 1,
        maxItems: 100,
        description:
          'kind, links, settings, and what to match; or profile instead of kind and settings',
      },
    ),
  },
  { additionalProperties: false },
);

export const Rules = Type.Object({ rules: Type.Array(RuleStatus) });
export const RulesChanged = Type.Object({
  added: Type.Array(RuleStatus),
  removed: Type.Array(RuleStatus),
});
export type RulesChanged = Static<typeof RulesChanged>;

export const HeldQuery = Type.Object(
  {
    links: Type.Optional(text('on which links; all where left out')),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, default: 100 })),
  },
  { additionalProperties: false },
);
export type HeldQuery = Static<typeof HeldQuery>;

export const HeldMessage = Type.Object({
  id: text('the message, such as n1.1.345'),
  copy: number('0 for the original, 1 and up for duplicates'),
  src: Type.String(),
  dest: Type.String(),
  type: Type.String(),
  bodyBytes: Type.Number(),
  rule: text('which rule holds it'),
  heldMs: number('for how long already'),
  stillDelayedMs: number('what it will wait once released, because another rule delays it'),
});
export type HeldMessage = Static<typeof HeldMessage>;

export const HeldMessages = Type.Object({
  count: number('how many are held on these links, also those that the list leaves out'),
  bytes: number('of all of these'),
  messages: Type.Array(HeldMessage, { description: 'oldest first' }),
});
export type HeldMessages = Static<typeof HeldMessages>;

export const DryRunRequest = Type.Object(
  {
    rules: AddRules.properties.rules,
    messages: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 10_000,
        default: 1000,
        description: 'how many of the latest messages to look at',
      }),
    ),
  },
  { additionalProperties: false },
);

export const DryRunMessage = Type.Object({
  id: Type.String(),
  src: Type.String(),
  dest: Type.String(),
  type: Type.String(),
  was: text('what the recording says of it'),
  copies: Type.Array(
    Type.Object({
      outcome: text('deliver, lost, cut, held, …'),
      delayMs: Type.Number(),
      rules: Type.Array(Type.String(), { description: 'which of the rules touched it' }),
    }),
  ),
});
export type DryRunMessage = Static<typeof DryRunMessage>;

export const DryRun = Type.Object({
  rules: Type.Array(RuleStatus, { description: 'as they would be installed' }),
  looked: number('messages that were looked at'),
  hit: number('messages that one of the rules would have touched'),
  bodiesUnknown: number('messages without a recorded body: no rule about a field can match them'),
  outcomes: Type.Record(Type.String(), Type.Number(), {
    description: 'copies that would have been touched, by what would have become of them',
  }),
  messages: Type.Array(DryRunMessage, { description: 'the latest of those, oldest first' }),
});
export type DryRun = Static<typeof DryRun>;

export const Geography = Type.Object(
  {
    zones: text('which nodes are where: eu: n1,n2 | us: n3,n4'),
    between: Type.Optional(
      Type.Array(
        Type.Object(
          {
            zones: text('such as eu,us, or eu,eu'),
            is: text('a profile, or a delay one way: 90ms'),
          },
          { additionalProperties: false },
        ),
        { maxItems: 1000, description: 'what lies between two zones, where it is not as usual' },
      ),
    ),
    within: Type.Optional(text('a profile, or a delay: same-dc, the default')),
    across: Type.Optional(text('a profile, or a delay: intercontinental, the default')),
    for: Type.Optional(text('ends by itself after this long: 10s')),
  },
  { additionalProperties: false },
);
export type Geography = Static<typeof Geography>;

export const ZonePair = Type.Object({
  zones: Type.Array(Type.String(), { description: 'two names, or the same one twice' }),
  nodes: Type.Array(Type.Array(Type.String())),
  is: text('a profile, or a delay'),
});
export type ZonePair = Static<typeof ZonePair>;

export const GeographyInForce = Type.Object({
  pairs: Type.Array(ZonePair, { description: 'none: there is no geography' }),
  endsInMs: Type.Union([Type.Number(), Type.Null()], { description: 'null: not by itself' }),
});
export type GeographyInForce = Static<typeof GeographyInForce>;

export const Placed = Type.Object({
  pairs: Type.Array(ZonePair),
  added: Type.Array(RuleStatus),
  removed: Type.Array(RuleStatus),
});
export type Placed = Static<typeof Placed>;

export const Release = Type.Object(
  {
    links: Type.Optional(text('which links; all where left out')),
    messages: Type.Optional(
      Type.Array(Type.String({ examples: ['n1.1.345', 'n1.1.345/1'] }), {
        minItems: 1,
        maxItems: 10_000,
        description: 'single messages, all copies or one; they go in this order',
      }),
    ),
  },
  { additionalProperties: false },
);
export type Release = Static<typeof Release>;
export const Released = Type.Object({ released: Type.Number() });

export const Call = Type.Object(
  {
    node: text('a node, or a selector of one such as leader or random:1'),
    body: Type.Unsafe<{ type: string; [key: string]: unknown }>({
      type: 'object',
      properties: { type: { type: 'string', minLength: 1 } },
      required: ['type'],
      additionalProperties: true,
    }),
    timeout: Type.Optional(text('how long to wait for the answer: 2s, the default')),
    client: Type.Optional(
      Type.String({ pattern: '^c[1-9][0-9]{0,3}$', description: 'who calls; c1 where left out' }),
    ),
  },
  { additionalProperties: false },
);
export const CallResult = Type.Object({
  node: Type.String(),
  client: Type.String(),
  message: text('the id of the request'),
  ms: number('true time until the answer came'),
  body: Type.Unsafe<{ type: string; [key: string]: unknown }>({
    type: 'object',
    additionalProperties: true,
  }),
});
export type CallResult = Static<typeof CallResult>;

export const TraceQuery = Type.Object(
  {
    src: Type.Optional(Type.String()),
    dest: Type.Optional(Type.String()),
    type: Type.Optional(Type.String()),
    fate: Type.Optional(text('delivered, lost, cut, held, waiting, overflow, node down, …')),
    link: Type.Optional(text('such as n1>n2 or n1<>n2')),
    rule: Type.Optional(text('the id of a rule that touched it')),
    since: Type.Optional(text('only the latest so long: 10s')),
    id: Type.Optional(text('one message, such as n1.1.345')),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, default: 100 })),
  },
  { additionalProperties: false },
);
export type TraceQuery = Static<typeof TraceQuery>;

export const LogQuery = Type.Object(
  { lines: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, default: 100 })) },
  { additionalProperties: false },
);
export const LogLines = Type.Object({
  lines: Type.Array(Type.Object({ node: Type.String(), atMs: Type.Number(), text: Type.String() })),
});
export type LogLines = Static<typeof LogLines>;

/** Where a running cluster is found: `cluster.json` in its state directory, readable by its user only. */
export const ClusterFile = Type.Object({
  name: Type.String(),
  pid: Type.Number(),
  url: nullable(text('null while it starts')),
  token: Type.String(),
  runDir: Type.String(),
  startedAt: Type.String(),
});
export type ClusterFile = Static<typeof ClusterFile>;
