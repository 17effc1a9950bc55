/**
 * The verbs of a plan, one entry each: what a verb takes, what may stand beside it, how that is read,
 * and what takes it back when its `for` is over. The words are those of the commands.
 *
 * What is said of nodes and links is checked against the plan's own cluster, so that a plan with a
 * node that is not there is refused before anything starts. Who leads is known only while it runs.
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
        links: words('on which links', 'n1>n2', '*'),
        kind: Type.Optional(words('what is done', 'loss', 'delay')),
        profile: Type.Optional(words('a network by its name, instead of a kind', 'satellite')),
      },
      { additionalProperties: true, description: 'a rule; `cluster faults` lists the kinds' },
    ),
    read: readRule,
    options: {},
    undo: rulesGo,
    isFault: true,
  },
  unlink: {
    summary: 'removes the rules that link actions of this name have added',
    takes: words('the name', 'flaky'),
    read: (value) => text(value, 'the name that a link action gave with `as`'),
    options: {},
    isFault: false,
  },
  ...nodeActions,
  call: {
    summary: 'asks a node something, as a client of its own',
    takes: whom('one node'),
    read: readNodes,
    options: {
      body: Type.Optional(
        Type.Object(
          { type: Type.String({ minLength: 1 }) },
          { additionalProperties: true, description: 'what is asked' },
        ),
      ),
      timeout: Type.Optional(words('how long to wait for the reply', '2s')),
      client: Type.Optional(words('who asks; one of its own where left out', 'c7')),
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
    summary: 'takes back what the actions of this name have done',
    takes: words('the name that an action gave with `as`', 'cut'),
    read: (value) => text(value, 'the name that an action gave with `as`'),
    options: {},
    isFault: false,
  },
  wait: {
    summary: 'waits so long, or until something is seen after what its step has waited for before',
    takes: Type.Union([
      words('a duration, or what is waited for', '500ms', 'any becomes leader'),
      SeenSchema,
    ]),
    read: (value, context) => {
      if (typeof value === 'object' && value !== null) return readSeen(value, context);
      if (typeof value === 'string' && /\s(?:becomes|is|reports)\s/.test(value)) {
        return readSeen(value, context);
      }
      const what = 'a duration such as 500ms, or what is seen, such as any becomes leader';
      if (typeof value === 'string' && !/^\s*[+-]?[\d.]/.test(value)) {
        throw new Problem(`expected ${what}, got ${shown(value)}`);
      }
      return duration(value, { what });
    },
    options: {
      within: Type.Optional(words(`how long at most; ${withinDefault} where left out`, '5s')),
    },
    readOptions: { within: readDuration },
    check: (action) => {
      if (typeof action.wait === 'string' && action.within !== undefined) {
        throw new Problem('within goes with what is waited for, not with a duration', ['within']);
      }
    },
    isFault: false,
  },
  converge: {
    summary:
      'everything healed, resumed and started, clocks and disks as at first; then waits for rest',
    takes: yes('true'),
    read: readYes,
    options: {},
    isFault: false,
  },
  load: {
    summary: 'lets clients ask, to the end; what they are told is not judged',
    takes: LoadSchema,
    read: (value) => readLoad(value),
    options: {
      converge: flag('then brings everything together and reads it, as after the last load'),
      within: Type.Optional(
        words(`with converge: how long at most; ${withinDefault} where left out`, '5s'),
      ),
    },
    readOptions: { within: readDuration },
    check: ({ converge, within }) => {
      if (within !== undefined && converge !== true) {
        throw new Problem('within goes with converge: true', ['within']);
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

/** A few verbs are options of others too: a disk can be `slow`. */
const theVerb = (names: readonly VerbName[]): VerbName | undefined =>
  names.find((name) => names.every((other) => other === name || isOption(name, other)));

const isOption = (verb: VerbName, name: string): boolean =>
  Object.hasOwn(verbs[verb].options, name);

/** Of what can be taken back. */
const lasting: TProperties = {
  for: Type.Optional(
    words('it ends after this time; a distribution such as exp 1s draws it', '1s', 'exp 1s'),
  ),
  as: Type.Optional(words('a name, for `undo`', 'cut')),
};
/** Of every verb, and of a step for all of its actions. */
export const optionalSchema = Type.Boolean({
  default: false,
  description: 'whether a run may be ok in which this could not be done',
});
/** Verbs that need no word behind them. */
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

/** An action in canonical form. `isBefore`: it is done before the load begins. Throws a problem. */
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
        `${names.join(' and ')} are two actions: write a list, with one in each line`,
      );
    }
    if (given.do !== undefined) {
      throw new Problem(
        `${isBefore ? 'before takes actions, one after another in their order' : 'do takes actions'}, and this is a step: write what stands under its do`,
      );
    }
    const [first] = Object.keys(value);
    throw noVerb(first ?? '', 'an action', first === undefined ? [] : [first]);
  }
  const { read, readOptions = {}, check, undo, switches = [], isPrelude } = verbs[name];
  if (isPrelude && !isBefore) {
    throw new Problem(`${name} comes before the load: write it under before`, [name]);
  }
  for (const option of ['for', 'as'] as const) {
    if (given[option] === undefined || undo !== undefined) continue;
    const why = option === 'for' ? 'does not end by itself' : 'cannot be taken back';
    throw new Problem(`${name} ${why}: it takes no ${option}`, [option]);
  }
  // What stands behind the verb has a reader that knows it better than the schema.
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
  // What is not asked for need not be said.
  return Object.fromEntries(
    Object.entries(action).filter(([key, field]) => field !== false || switches.includes(key)),
  );
}

/** Of a verb that takes the time itself, it is a plain duration. */
const lifetimeOf = (name: VerbName): Reader =>
  isNodeVerb(name) && takesInPlan(nodeVerbs[name], 'for') ? readDuration : readLifetime;

/** `pause leader for 1s`, a line as for a shell, as it is written in a plan; null for what begins with no verb. */
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
  const hint = meant === undefined ? `there are ${verbNames.join(', ')}` : `did you mean ${meant}?`;
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
    throw new Problem('a rule of a plan ends with the for of its action: write it beside link', [
      'for',
    ]);
  }
  if (given.profile === undefined) {
    const rule = ordered(validateRule(given), ruleOrder);
    inside('links', () => readLinks(rule.links, context));
    return rule;
  }
  if (given.kind !== undefined)
    throw new Problem('a rule has a kind or a profile, not both', ['profile']);
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
