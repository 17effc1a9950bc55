/**
 * A rule as data: which messages, what is done to them, for how long. The same in the API, in a plan,
 * behind the command line's flags and in a test.
 */
import { FaultlineError, formatDuration, parseDuration, parseLinks } from '@faultline/protocol';
import { fit, nearest, shown } from '@faultline/protocol/fit';
import { type Static, Type } from 'typebox';
import type { Action, RuleKind } from './kind.ts';
import { type Match, matchOf } from './match.ts';
import { readField } from './match-texts.ts';
import { ruleKinds } from './rules/registry.ts';
import { probability, read } from './settings.ts';

export const RuleSpec = Type.Object(
  {
    kind: Type.String({
      description: `what is done: ${[...ruleKinds.keys()].join(', ')}`,
      examples: ['loss'],
    }),
    links: Type.String({ description: 'on which links', examples: ['n1>n2', 'n1<>n2', '*'] }),
    type: Type.Optional(
      Type.String({
        pattern: '^[^*]*\\*?$',
        minLength: 1,
        description: 'only messages of this type; with a * at the end, of types that begin so',
        examples: ['append', 'raft.*'],
      }),
    ),
    replies: Type.Optional(
      Type.Boolean({ description: 'true: only replies; false: only messages that are none' }),
    ),
    size: Type.Optional(
      Type.String({
        description: 'only messages whose body has such a size',
        examples: ['>10kB', '1kB..10kB'],
      }),
    ),
    field: Type.Optional(
      Type.String({
        description: 'only messages whose body has this value in this field',
        examples: ['key=x', 'entry.term=3'],
      }),
    ),
    probability: Type.Optional(
      probability('act on each of these messages with this probability, and pass over the others'),
    ),
    after: Type.Optional(
      Type.Integer({
        minimum: 0,
        description: 'on each link, leave alone the first so many matching messages',
      }),
    ),
    every: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: 'on each link, act on every so many-th matching message, counted from `after`',
      }),
    ),
    first: Type.Optional(
      Type.Integer({
        minimum: 1,
        description: 'on each link, act on so many messages and no more',
      }),
    ),
    for: Type.Optional(
      Type.String({
        description: 'how long the rule lives; for ever by default',
        examples: ['10s'],
      }),
    ),
    settings: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), { description: 'what the kind asks for' }),
    ),
  },
  { additionalProperties: false },
);
export type RuleSpec = Static<typeof RuleSpec>;

/** A spec that was understood. */
export interface ReadRule {
  readonly spec: RuleSpec;
  readonly kind: RuleKind;
  readonly action: Action;
  readonly match: Match;
  /** null: for ever. */
  readonly lifetimeMs: number | null;
}

/**
 * Any data as a rule; throws BAD_RULE in one line. Links may still be relative (`leader>*`): whether
 * they mean somebody depends on a cluster. Returns a copy.
 */
export function validateRule(data: unknown): RuleSpec {
  return readRule(data).spec;
}

export function readRule(data: unknown): ReadRule {
  const spec = fit(RuleSpec, data, '') as RuleSpec;
  const kind = ruleKinds.get(spec.kind);
  if (kind === undefined) throw unknownKind(spec.kind);
  inProperty('', () => read('links', spec.links, parseLinks));
  const lifetimeMs = inProperty('', () => readLifetime(spec.for));
  const match = inProperty('', () => matchOf(spec));
  const settings = fit(kind.settings, spec.settings ?? {}, 'settings.');
  const action = inProperty('settings.', () => kind.prepare(settings));
  return { spec: { ...spec, settings }, kind, action, match, lifetimeMs };
}

/** Whether what the rule does on one link depends on what went over others. */
export function isShared(spec: RuleSpec): boolean {
  return readRule(spec).action.isShared ?? false;
}

/** What the rule asks of a message's body: the path of a field, and its value as a text. */
export function fieldAsked({ field }: RuleSpec): { path: string; value: string } | null {
  return field === undefined ? null : readField('field', field);
}

function unknownKind(name: string): FaultlineError {
  const kinds = [...ruleKinds.keys()];
  const meant = nearest(name, kinds);
  const there = `there are ${kinds.join(', ')}`;
  const hint = meant === undefined ? there : `did you mean ${meant}? (${there})`;
  return new FaultlineError('BAD_RULE', `kind: no kind of rule is called ${shown(name)}; ${hint}`, {
    property: 'kind',
    expected: kinds.join(', '),
  });
}

function readLifetime(text: string | undefined): number | null {
  if (text === undefined) return null;
  const ms = read('for', text, parseDuration);
  if (ms <= 0) {
    const expected = `a duration above ${formatDuration(0)}`;
    const facts = { property: 'for', expected, text, at: 0 };
    throw new FaultlineError('BAD_RULE', `expected ${expected}, got ${shown(text)}`, facts);
  }
  return ms;
}

/** Puts the property's whole name in front of what a reader complains about. */
function inProperty<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (thrown) {
    if (!(thrown instanceof FaultlineError)) throw thrown;
    const property = `${path}${thrown.facts.property}`;
    const facts = { ...thrown.facts, property };
    throw new FaultlineError('BAD_RULE', `${property}: ${thrown.message}`, facts, {
      cause: thrown.cause,
    });
  }
}
