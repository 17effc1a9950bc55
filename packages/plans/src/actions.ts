/**
 * The verbs of a plan, one entry each: its subject, its options, how they are read, and how it is undone
 * when its `for` is over. The names are those of the commands.
 *
 * Nodes and links are checked against the plan's cluster, so that a plan with an unknown node is rejected
 * before anything starts. The leader is known only while the plan runs.
 */
import { isNodeVerb, nodeVerbs, takesInPlan } from '@faultline/actions';
import { findProfile, validateRule } from '@faultline/faults';
import { clientNumberMax, isCallerName, type SelectorContext } from '@faultline/protocol';
import { nearest, shown } from '@faultline/protocol/fit';
import { type TObject, type TProperties, Type } from 'typebox';
import { clusterActions } from './cluster-actions.ts';
import { readSeen, SeenSchema } from './conditions.ts';
import { duration, type Fields, fields, ordered, refine, text } from './fields.ts';
import { LoadSchema, readLoad } from './load.ts';
import { nodeActions } from './node-actions.ts';
import { type Action, withinDefault } from './plan.ts';
import { inside, type Path, Problem } from './problem.ts';
import {
  flag,
  needs,
  type Reader,
  readDuration,
  readLifetime,
  readLinks,
  readName,
  readNodes,
  readYes,
  rulesGo,
  type Verb,
  whom,
  words,
  yes,
} from './verb.ts';

const table = {
  ...clusterActions,
  link: {
    summary: 'a rule on links, of any kind, or a profile',
    takes: Type.Object(
      {
        links: words('which links', 'n1>n2', '*'),
        kind: Type.Optional(words('the kind of rule', 'loss', 'delay')),
        profile: Type.Optional(words('a named network, instead of a kind', 'satellite')),
      },
      { additionalProperties: true, description: 'a rule; `cluster faults` lists the kinds' },
    ),
    read: readRule,
    options: {},
    undo: rulesGo,
    isFault: true,
  },
  unlink: {
    summary: 'remove the rules added by link actions with this name',
    takes: words('the name', 'flaky'),
    read: (value) => text(value, 'the name that a link action gave with `as`'),
    options: {},
    isFault: false,
  },
  ...nodeActions,
  call: {
    summary: 'send a request to a node, as a separate client',
    takes: whom('one node'),
    read: readNodes,
    options: {
      body: Type.Optional(
        Type.Object(
          { type: Type.String({ minLength: 1 }) },
          { additionalProperties: true, description: 'the request' },
        ),
      ),
      timeout: Type.Optional(words('how long to wait for the reply', '2s')),
      client: Type.Optional(words('the client that calls (default: a separate one)', 'c7')),
    },
    readOptions: {
      timeout: readDuration,
      client: (value) => {
        const client = text(value, 'a client such as c7');
        if (isCallerName(client)) return client;
        throw new Problem(`expected a client from c1 to c${clientNumberMax}, got ${shown(value)}`);
      },
    },
    check: (action) => needs(action, 'body'),
    isFault: false,
  },
  undo: {
    summary: 'undo the actions with this name',
    takes: words('the name that an action gave with `as`', 'cut'),
    read: (value) => text(value, 'the name that an action gave with `as`'),
    options: {},
    isFault: false,
  },
  wait: {
    summary: 'wait for a duration, or for something that happens after the last wait of the step',
    takes: Type.Union([
      words('a duration, or what to wait for', '500ms', 'any becomes leader'),
      SeenSchema,
    ]),
    read: (value, context) => {
      if (typeof value === 'object' && value !== null) return readSeen(value, context);
      if (typeof value === 'string' && /\s(?:becomes|is|reports)\s/.test(value)) {
        return readSeen(value, context);
      }
      const what = 'a duration such as 500ms, or a condition such as any becomes leader';
      if (typeof value === 'string' && !/^\s*[+-]?[\d.]/.test(value)) {
        throw new Problem(`expected ${what}, got ${shown(value)}`);
      }
      return duration(value, { what });
    },
    options: {
      within: Type.Optional(words(`how long to wait (default: ${withinDefault})`, '5s')),
    },
    readOptions: { within: readDuration },
    check: (action) => {
      if (typeof action.wait === 'string' && action.within !== undefined) {
        throw new Problem(
          'expected within only with a condition to wait for, not with a duration',
          ['within'],
        );
      }
    },
    isFault: false,
  },
  converge: {
    summary:
      'heal, resume and start everything, correct clocks and disks, then wait until nodes settle',
    takes: yes('true'),
    read: readYes,
    options: {},
    isFault: false,
  },
  load: {
    summary: 'run a load to its end; its history is not judged',
    takes: LoadSchema,
    read: (value) => readLoad(value),
    options: {
      converge: flag('then converge and read everything, as after the main load'),
      within: Type.Optional(
        words(`with converge: how long it may take (default: ${withinDefault})`, '5s'),
      ),
    },
    readOptions: { within: readDuration },
    check: ({ converge, within }) => {
      if (within !== undefined && converge !== true) {
        throw new Problem('expected within only with converge: true', ['within']);
      }
    },
    isFault: false,
    isPrelude: true,
  },
} satisfies Record<string, Verb>;

export type VerbName = keyof typeof table;
export const verbs: Readonly<Record<VerbName, Verb>> = table;
export const verbNames = Object.keys(verbs) as VerbName[];

/** The verb of an action that was read. */
export const verbOf = (action: Action): VerbName => theVerb(named(action))!;

const named = (action: Fields): VerbName[] =>
  verbNames.filter((name) => Object.hasOwn(action, name));

/** Some verbs are also options of others: a disk can be `slow`. */
const theVerb = (names: readonly VerbName[]): VerbName | undefined =>
  names.find((name) => names.every((other) => other === name || isOption(name, other)));

const isOption = (verb: VerbName, name: string): boolean =>
  Object.hasOwn(verbs[verb].options, name);

/** Options of actions that can be undone. */
const lasting: TProperties = {
  for: Type.Optional(
    words(
      'undo it after this time, fixed or drawn from a distribution such as exp 1s',
      '1s',
      'exp 1s',
    ),
  ),
  as: Type.Optional(words('a name, for `undo`', 'cut')),
};
/** An option of every verb, and of a step for all its actions. */
export const optionalSchema = Type.Boolean({
  default: false,
  description: 'whether a run may be ok although this could not be done',
});
/** Verbs that need no subject. */
export const bareVerbs = verbNames.filter((name) => verbs[name].read === readYes);

/** The whole schema of an action with this verb. */
export function actionSchema(name: VerbName): TObject {
  const { takes, options, undo, summary } = verbs[name];
  const lifetime: TProperties = undo === undefined ? {} : lasting;
  return Type.Object(
    { [name]: takes, ...options, ...lifetime, optional: Type.Optional(optionalSchema) },
    { additionalProperties: false, description: summary },
  );
}

/** An action in canonical form. `isBefore`: it belongs to `before`. Throws a Problem. */
export function readAction(
  value: unknown,
  context: SelectorContext,
  { isBefore = false }: { readonly isBefore?: boolean } = {},
): Action {
  if (typeof value === 'string') {
    const bare = bareVerbs.find((name) => name === value.trim());
    if (bare !== undefined) return readAction({ [bare]: true }, context, { isBefore });
    const written = asFields(value.trim());
    if (written !== null) {
      throw new Problem(`expected an action, got the text ${shown(value)}: write ${written}`);
    }
    throw noVerb(
      value.trim().split(/\s/)[0]!,
      `an action such as heal or { pause: leader }, got ${shown(value)}`,
    );
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Problem(`expected an action such as { pause: leader }, got ${shown(value)}`);
  }
  const given = value as Fields;
  const names = named(given);
  const name = theVerb(names);
  if (name === undefined) {
    if (names.length > 1) {
      throw new Problem(
        `${names.join(' and ')} are two actions: write a list with one action per line`,
      );
    }
    if (given.do !== undefined) {
      throw new Problem(
        `${isBefore ? 'before' : 'do'} expects actions, but this is a step: write only the actions under its do`,
      );
    }
    const [first] = Object.keys(value);
    throw noVerb(first ?? '', 'an action', first === undefined ? [] : [first]);
  }
  const { read, readOptions = {}, check, undo, switches = [], isPrelude } = verbs[name];
  if (isPrelude && !isBefore) {
    throw new Problem(`${name} is allowed only before the load: write it under before`, [name]);
  }
  for (const option of ['for', 'as'] as const) {
    if (given[option] === undefined || undo !== undefined) continue;
    const why = option === 'for' ? 'does not end automatically' : 'cannot be undone';
    throw new Problem(`${name} ${why}: it accepts no ${option}`, [option]);
  }
  // The subject has a reader that reports errors better than the schema.
  const { [name]: taken, ...options } = given;
  const subject = inside(name, () => read(taken, context));
  const { [name]: _taken, ...properties } = actionSchema(name).properties as TProperties;
  const fitting = fields(Type.Object(properties, { additionalProperties: false }), options);
  const readers = Object.fromEntries(
    Object.entries({ ...readOptions, for: lifetimeOf(name), as: readName }).map(([key, reader]) => [
      key,
      (field: unknown) => reader(field, context),
    ]),
  );
  const action = { [name]: subject, ...refine(fitting, readers) };
  check?.(action);
  // Options that are off are omitted.
  return Object.fromEntries(
    Object.entries(action).filter(([key, field]) => field !== false || switches.includes(key)),
  );
}

/** If `for` belongs to the verb itself, it is a plain duration. */
const lifetimeOf = (name: VerbName): Reader =>
  isNodeVerb(name) && takesInPlan(nodeVerbs[name], 'for') ? readDuration : readLifetime;

/** Turns `pause leader for 1s`, a line as for a shell, into the form of a plan; null if it does not begin with a verb. */
function asFields(line: string): string | null {
  const [, verb, subject, time] = /^(\S+)(?:\s+(.+?)(?:,?\s+for\s+(\S+))?)?$/.exec(line) ?? [];
  if (!verbNames.some((name) => name === verb)) return null;
  if (subject === undefined) return `{ ${verb}: … }`;
  const word = /^[\w.-]+$/.test(subject) ? subject : `'${subject.replaceAll("'", "''")}'`;
  return `{ ${verb}: ${word}${time === undefined ? '' : `, for: ${time}`} }`;
}

function noVerb(word: string, expected: string, path: Path = []): Problem {
  const meant = nearest(word, verbNames);
  const says = word === '' ? '' : `; no action is called ${shown(word)}`;
  const hint =
    meant === undefined ? `expected one of ${verbNames.join(', ')}` : `did you mean ${meant}?`;
  return new Problem(`expected ${expected}${says}; ${hint}`, path);
}

function readRule(value: unknown, context: SelectorContext): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Problem(
      `expected a rule such as { links: 'n1>n2', kind: loss, settings: {…} }, got ${shown(value)}`,
    );
  }
  const given = value as Fields;
  if (given.for !== undefined) {
    throw new Problem('in a plan, a rule ends with the for of its action: write it beside link', [
      'for',
    ]);
  }
  if (given.profile === undefined) {
    const rule = ordered(validateRule(given), ruleOrder);
    inside('links', () => readLinks(rule.links, context));
    return rule;
  }
  if (given.kind !== undefined)
    throw new Problem('expected a kind or a profile, not both', ['profile']);
  const { profile, ...rest } = given;
  for (const { kind, settings } of findProfile(profile).rules) {
    validateRule({ ...rest, kind, settings });
  }
  inside('links', () => readLinks(rest.links, context));
  return ordered(given, ruleOrder);
}

const ruleOrder = [
  'links',
  'kind',
  'profile',
  'type',
  'replies',
  'size',
  'field',
  'probability',
  'after',
  'every',
  'first',
  'owner',
  'settings',
];
