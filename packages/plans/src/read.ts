/**
 * Reads data into a plan in canonical form. Finds every mistake that can be known before anything starts,
 * and reports the first, with its place.
 */

import {
  formatDuration,
  loadClientsMax,
  nodesMax,
  parseWeather,
  readyMsDefault,
  type SelectorContext,
} from '@faultline/protocol';
import { shown } from '@faultline/protocol/fit';
import { type TObject, type TProperties, type TSchema, Type } from 'typebox';
import {
  actionSchema,
  bareVerbs,
  optionalSchema,
  readAction,
  type VerbName,
  verbNames,
  verbs,
} from './actions.ts';
import { CheckSchema, readCheck } from './checks.ts';
import { conditionFields, readCondition } from './conditions.ts';
import { contextOf, duration, type Fields, fields, isObject, text } from './fields.ts';
import { requireNames } from './given-names.ts';
import { LoadSchema, readLoad } from './load.ts';
import { namesIn, requireNewNames } from './members.ts';
import {
  type Action,
  type Check,
  type Plan,
  type PlannedCluster,
  type Step,
  withinDefault,
} from './plan.ts';
import { inside, Problem } from './problem.ts';

const readyTimeoutDefault = formatDuration(readyMsDefault);

const scalar = Type.Union([Type.String(), Type.Number(), Type.Boolean()]);

const ProgramSchema = Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })]);

const ClusterSchema = Type.Object(
  {
    nodes: Type.Optional(
      Type.Integer({ minimum: 1, maximum: nodesMax, description: 'number of nodes (default: 5)' }),
    ),
    program: Type.Optional(
      Type.Union(ProgramSchema.anyOf, {
        description:
          'a ready program, a file (relative to the plan), or a command as a list of words (default: kv)',
        examples: ['kv', './mine.ts'],
      }),
    ),
    programs: Type.Optional(
      Type.Record(Type.String(), ProgramSchema, {
        description: 'programs of single nodes, by node name',
        examples: [{ n3: './v2.ts' }],
      }),
    ),
    settings: Type.Optional(
      Type.Record(Type.String(), scalar, { description: 'settings of the program' }),
    ),
    clocks: Type.Optional(
      Type.String({ description: 'the weather of all clocks', examples: ['ntp 5ms'] }),
    ),
    vector: Type.Optional(
      Type.Union([Type.Enum(['on', 'off', 'auto']), Type.Boolean()], {
        description: 'whether to put vector clocks on every message',
      }),
    ),
    sign: Type.Optional(Type.Boolean({ description: 'whether to sign messages' })),
    trace: Type.Optional(
      Type.Union([Type.Enum(['off', 'headers', 'full']), Type.Boolean()], {
        description: 'what to record of messages',
      }),
    ),
    restart: Type.Optional(
      Type.Union([Type.Enum(['no', 'on-failure', 'always']), Type.Boolean()], {
        description: 'when to restart a node whose process ends on its own',
      }),
    ),
    readyTimeout: Type.Optional(
      Type.String({
        description: `how long a node may take to become ready (default: ${readyTimeoutDefault})`,
        examples: ['30s'],
      }),
    ),
  },
  { additionalProperties: false, description: 'the cluster to start' },
);

const anyOf = (names: readonly VerbName[], description: string) =>
  Type.Union([Type.Enum([...bareVerbs]), ...names.map(actionSchema)] as TSchema[], { description });

const ActionSchema = anyOf(
  verbNames.filter((name) => verbs[name].isPrelude !== true),
  'one action',
);
const PreludeSchema = anyOf(verbNames, 'one action before the load begins');

const StepSchema = Type.Object(
  {
    name: Type.Optional(Type.String({ description: 'its name in the report' })),
    ...conditionFields,
    optional: Type.Optional(optionalSchema),
    do: Type.Union([ActionSchema, Type.Array(ActionSchema, { minItems: 1 })]),
  },
  {
    additionalProperties: false,
    description: 'a condition, and the actions to perform when it is met',
  },
);

const WithinSchema = Type.Object(
  {
    within: Type.Optional(
      Type.String({
        description: `how long nodes have to settle (default: ${withinDefault})`,
        examples: ['5s'],
      }),
    ),
  },
  {
    additionalProperties: false,
    description: 'at the end, heal, resume and start everything, then do the final reads',
  },
);
const ConvergeSchema = Type.Union([
  WithinSchema,
  Type.Literal(false, { description: 'end after the load, without healing and final reads' }),
]);

export const PlanSchema = Type.Object(
  {
    name: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,40}$',
        description: 'the name of the run',
      }),
    ),
    notes: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        maxItems: 100,
        description: 'notes for the reader, printed with each verdict',
      }),
    ),
    seed: Type.Optional(
      Type.Union([Type.String({ minLength: 1 }), Type.Integer()], {
        description: 'the same seed makes the same decisions (default: a new seed for each run)',
      }),
    ),
    cluster: Type.Optional(ClusterSchema),
    before: Type.Optional(
      Type.Array(PreludeSchema, {
        maxItems: 1000,
        description: 'actions to perform one after another before the load begins',
      }),
    ),
    load: Type.Optional(LoadSchema),
    steps: Type.Optional(Type.Array(StepSchema, { maxItems: 1000 })),
    converge: Type.Optional(ConvergeSchema),
    checks: Type.Optional(Type.Union([Type.Array(CheckSchema), CheckSchema])),
  },
  { additionalProperties: false, description: 'a plan: load, timed faults and checks' },
);

/** Checks only the names of the fields: their values have readers with better errors. */
function outermost(schema: TObject, whole: TProperties = {}): TObject {
  const names = Object.keys(schema.properties).map((key) => [key, Type.Optional(Type.Unknown())]);
  return Type.Object({ ...Object.fromEntries(names), ...whole });
}

/** Throws a Problem. */
export function canonicalPlan(data: unknown): Plan {
  if (!isObject(data))
    throw new Problem(
      `expected a plan, with name, cluster, load, steps and checks, got ${data === null || data === undefined ? 'nothing' : shown(data)}`,
    );
  const { name, notes, seed } = PlanSchema.properties;
  const given = fields(outermost(PlanSchema, { name, notes, seed }), data);
  const cluster = inside('cluster', () => readCluster(given.cluster ?? {}));
  const load = given.load === undefined ? undefined : inside('load', () => readLoad(given.load));
  const written = [{ do: given.before }, ...(Array.isArray(given.steps) ? given.steps : [])];
  const names = namesIn(cluster.nodes, written);
  const context = contextOf(names, load?.clients ?? loadClientsMax);
  const before = list(given.before, 'before', (action) =>
    readAction(action, contextOf(names, loadClientsMax), { isBefore: true }),
  );
  const steps = list(given.steps, 'steps', (step) =>
    readStep(step, context, load?.for !== undefined),
  );
  requireNewNames({ cluster, before, steps }, given.steps);
  requireNames({ before, steps }, given.steps);
  const checks =
    Array.isArray(given.checks) || given.checks === undefined ? given.checks : [given.checks];
  return {
    name: (given.name as string | undefined) ?? 'plan',
    ...(given.notes === undefined || (given.notes as string[]).length === 0
      ? {}
      : { notes: given.notes as string[] }),
    ...(given.seed === undefined ? {} : { seed: inside('seed', () => readSeed(given.seed)) }),
    cluster,
    ...(before.length === 0 ? {} : { before }),
    ...(load === undefined ? {} : { load }),
    steps,
    converge: inside('converge', () => readConverge(given.converge ?? {})),
    checks: list(checks, 'checks', readCheck) as Check[],
  };
}

function readSeed(seed: unknown): string {
  if (typeof seed === 'number' && !Number.isSafeInteger(seed)) {
    throw new Problem('a seed with this many digits must be a text: put it into quotes');
  }
  return String(seed);
}

function readCluster(value: unknown): PlannedCluster {
  const {
    nodes = 5,
    program = 'kv',
    programs,
    settings,
    clocks,
    vector,
    sign,
    trace,
    restart,
    readyTimeout,
  } = fields(ClusterSchema, value);
  const weather =
    clocks === undefined
      ? 'perfect'
      : inside('clocks', () => {
          const given = text(clocks, 'a weather such as ntp 5ms');
          parseWeather(given);
          return given;
        });
  const texts = Object.entries(settings ?? {}).map(([key, field]) => [key, String(field)]);
  // YAML 1.1 reads `on`, `off` and `no` as booleans.
  const word = (field: unknown, no: string, yes = 'on'): unknown =>
    field === false ? no : field === true ? yes : field;
  const chosen = {
    vector: word(vector, 'off'),
    sign: sign === true ? true : undefined,
    trace: word(trace, 'off', 'headers'),
    restart: word(restart, 'no', 'always'),
    readyTimeout:
      readyTimeout === undefined
        ? undefined
        : inside('readyTimeout', () => duration(readyTimeout, { mayBeZero: false })),
  };
  const defaults: Readonly<Record<string, unknown>> = {
    vector: 'auto',
    trace: 'headers',
    restart: 'no',
    readyTimeout: readyTimeoutDefault,
  };
  return {
    nodes: nodes as number,
    program: inside('program', () => readProgram(program)),
    ...readPrograms(programs, nodes as number),
    ...(texts.length === 0 ? {} : { settings: Object.fromEntries(texts) }),
    ...(weather === 'perfect' ? {} : { clocks: weather }),
    ...Object.fromEntries(
      Object.entries(chosen).filter(
        ([key, field]) => field !== undefined && field !== defaults[key],
      ),
    ),
  };
}

const readProgram = (value: unknown): string | readonly string[] =>
  Array.isArray(value) ? value : text(value, 'a program');

function readPrograms(value: unknown, nodes: number): Pick<PlannedCluster, 'programs'> {
  const own = Object.entries((value ?? {}) as Fields);
  const names = Array.from({ length: nodes }, (_, i) => `n${i + 1}`);
  const programs = own.map(([node, program]) =>
    inside('programs', () =>
      inside(node, () => {
        if (names.includes(node)) return [node, readProgram(program)] as const;
        throw new Problem(`there is no node ${shown(node)}: expected one from n1 to n${nodes}`);
      }),
    ),
  );
  return programs.length === 0 ? {} : { programs: Object.fromEntries(programs) };
}

function readConverge(value: unknown): Plan['converge'] {
  if (value === false) return false;
  const { within } = fields(WithinSchema, value);
  return {
    within: within === undefined ? withinDefault : inside('within', () => duration(within)),
  };
}

function readStep(value: unknown, context: SelectorContext, hasLoadTime: boolean): Step {
  if (!isObject(value))
    throw new Problem(`expected a step such as { at: 2s, do: heal }, got ${shown(value)}`);
  const { optional } = StepSchema.properties;
  const step = fields(outermost(StepSchema, { optional }), value);
  const condition = readCondition(step, context, hasLoadTime);
  if (step.do === undefined || step.do === null)
    throw new Problem('do is missing: expected the actions of the step');
  const actions = Array.isArray(step.do)
    ? list(step.do, 'do', (action) => readAction(action, context))
    : [inside('do', () => readAction(step.do, context))];
  if (actions.length === 0)
    throw new Problem('expected at least one action, got an empty list', ['do']);
  return {
    ...(step.name === undefined ? {} : { name: inside('name', () => text(step.name, 'a name')) }),
    ...condition,
    ...(step.optional === true ? { optional: true } : {}),
    do: actions as Action[],
  };
}

function list<T>(value: unknown, key: string, read: (item: unknown) => T): T[] {
  if (value === undefined || value === null) return [];
  return inside(key, () => {
    if (!Array.isArray(value)) throw new Problem(`expected a list, got ${shown(value)}`);
    return value.map((item, i) => inside(i, () => read(item)));
  });
}
