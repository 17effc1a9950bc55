/** A geography as rules: the links between two zones, and within each. Pure. */
import type { ClusterOptionsOf } from '@faultline/actions';
import { findProfile, type ProfileRule, profiles } from '@faultline/faults';
import {
  type GeographyInForce,
  type RuleStatus,
  readPair,
  readZones,
  type SelectorContext,
  type ZonePair,
} from '@faultline/protocol';

export const geographyLabel = 'geography';

export interface Zoned {
  readonly pairs: readonly ZonePair[];
  readonly rules: readonly Record<string, unknown>[];
  /** The number of rules of each pair, in the order of the pairs. */
  readonly rulesOf: readonly number[];
}

/** An installed geography. `ids`: the ids of its rules. */
export interface PlacedRules extends Pick<Zoned, 'pairs' | 'rulesOf'> {
  readonly ids: readonly string[];
}

/** Throws BAD_SELECTOR, NODE_UNKNOWN, BAD_RULE. */
export function placeZones(
  geography: ClusterOptionsOf<'geography'>,
  context: SelectorContext,
): Zoned {
  const zones = readZones(geography.zones, context);
  const names = zones.map(({ name }) => name);
  const between = new Map<string, string>();
  for (const { zones: text, is } of geography.between ?? []) {
    const [a, b] = readPair(text, names);
    between.set(keyOf(a, b), is);
  }
  const owned = geography.owner === undefined ? {} : { owner: geography.owner };
  const pairs: ZonePair[] = [];
  const rules: Record<string, unknown>[] = [];
  const counts: number[] = [];
  for (const [i, a] of zones.entries()) {
    for (const b of zones.slice(i)) {
      const standard =
        a === b ? (geography.within ?? 'same-dc') : (geography.across ?? 'intercontinental');
      const is = between.get(keyOf(a.name, b.name)) ?? standard;
      const made = rulesFor(is);
      // A zone with a single node has no links within.
      if (a === b && a.nodes.length === 1) continue;
      pairs.push({ zones: [a.name, b.name], nodes: [[...a.nodes], [...b.nodes]], is, ...owned });
      const links = `${a.nodes.join(',')}<>${b.nodes.join(',')}`;
      const lifetime = geography.for === undefined ? {} : { for: geography.for };
      counts.push(made.length);
      rules.push(...made.map((rule) => ({ ...rule, links, ...lifetime, ...owned })));
    }
  }
  return { pairs, rules, rulesOf: counts };
}

/** The pairs that still have a rule among those in force, and when the first of these ends. */
export function geographyInForce(
  placed: readonly PlacedRules[],
  inForce: readonly RuleStatus[],
): GeographyInForce {
  const left = inForce.filter(({ id }) => placed.some(({ ids }) => ids.includes(id)));
  const still = placed.flatMap(({ pairs, rulesOf, ids }) => {
    let next = 0;
    return pairs.filter((_, i) => {
      const own = ids.slice(next, next + rulesOf[i]!);
      next += own.length;
      return left.some(({ id }) => own.includes(id));
    });
  });
  const ends = left.flatMap(({ endsInMs }) => endsInMs ?? []);
  return { pairs: still, endsInMs: ends.length === 0 ? null : Math.min(...ends) };
}

/** A profile by its name, or a delay. */
function rulesFor(is: string): readonly ProfileRule[] {
  if (profiles.has(is) || !isDelay(is)) return findProfile(is).rules;
  return [{ kind: 'delay', settings: { delay: is, keepOrder: true } }];
}

/** Whether the text was meant as a delay, valid or not, so that errors are those of a delay. */
function isDelay(text: string): boolean {
  return /^\s*([\d.]|exp\b|lognormal\b|pareto\b|quantiles\b)/.test(text);
}

const keyOf = (a: string, b: string): string => [a, b].sort().join(',');
