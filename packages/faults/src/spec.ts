/** Parses a rule from data: its kind, settings and texts. */
import {
  FaultlineError,
  formatDuration,
  parseDuration,
  parseLinks,
  RuleSpec,
} from '@faultline/protocol';
import { fit, nearest, shown } from '@faultline/protocol/fit';
import type { Action, RuleKind } from './kind.ts';
import { type Match, matchOf } from './match.ts';
import { readField } from './match-texts.ts';
import { ruleKinds } from './rules/registry.ts';
import { read } from './settings.ts';

/** A parsed spec. */
export interface ReadRule {
  readonly spec: RuleSpec;
  readonly kind: RuleKind;
  readonly action: Action;
  readonly match: Match;
  /** null: forever. */
  readonly lifetimeMs: number | null;
}

/**
 * Any data as a rule; throws BAD_RULE in one line. Links may be relative (`leader>*`): what they match
 * depends on a cluster. Returns a copy.
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

/** Whether the rule's effect on one link depends on the traffic of others. */
export function isShared(spec: RuleSpec): boolean {
  return readRule(spec).action.isShared ?? false;
}

/** The rule's condition on a message's body: the path of a field, and its value as a text. */
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

/** Adds the full name of the property to a reader's error. */
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
