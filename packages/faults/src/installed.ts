/**
 * Installed rules as data: what a list of them may contain, and when each ends. The supervisor keeps a list;
 * `RuleSet` applies one to messages.
 */
import {
  FaultlineError,
  formatLinks,
  isConcrete,
  type LinkSelector,
  linksOverlap,
  parseLinks,
  type RuleSpec,
} from '@faultline/protocol';
import { type ReadRule, readRule } from './spec.ts';

export interface InstalledRule {
  readonly id: string;
  readonly spec: RuleSpec;
  /** True time. */
  readonly installedAtMs: number;
  /** The true time at which it ends: it decides about no later message. Null: never. */
  readonly expiresAtMs: number | null;
}

/**
 * A spec as a rule that is installed at `nowMs` beside these others. Throws BAD_RULE if it is invalid, if
 * its links are not concrete, if a rule that it needs is missing, or if the id is taken.
 */
export function install(
  spec: unknown,
  { id, nowMs }: { readonly id: string; readonly nowMs: number },
  others: readonly InstalledRule[],
): InstalledRule {
  return readNew(spec, { id, nowMs }, others).installed;
}

/** An installed rule, and its parsed spec. */
export interface ReadInstalled {
  readonly read: ReadRule;
  readonly links: LinkSelector;
  readonly installed: InstalledRule;
}

export function readNew(
  spec: unknown,
  { id, nowMs }: { readonly id: string; readonly nowMs: number },
  others: readonly InstalledRule[],
): ReadInstalled {
  const read = readRule(spec);
  requireNeeds(read, others);
  const expiresAtMs = read.lifetimeMs === null ? null : nowMs + read.lifetimeMs;
  return readInstalled(read, { id, installedAtMs: nowMs, expiresAtMs }, others);
}

/** For a rule from another list: the rule that its kind needs may have ended since. */
export function readInstalled(
  read: ReadRule,
  { id, installedAtMs, expiresAtMs }: Omit<InstalledRule, 'spec'>,
  others: readonly InstalledRule[],
): ReadInstalled {
  const links = parseLinks(read.spec.links);
  if (!isConcrete(links)) {
    const message = `links: expected names, *, clients or any, got ${links.text}: resolve it against a cluster first`;
    throw new FaultlineError('BAD_RULE', message, { property: 'links', text: links.text });
  }
  if (id === '' || others.some((other) => other.id === id)) {
    const message = id === '' ? 'id: expected a name' : `id: ${id} is the id of another rule`;
    throw new FaultlineError('BAD_RULE', message, { property: 'id', id });
  }
  const spec = { ...read.spec, links: formatLinks(links) };
  return { read, links, installed: { id, spec, installedAtMs, expiresAtMs } };
}

/** The number for the next rule id r1, r2, …: above `last`, and free. */
export function nextRuleNumber(last: number, rules: readonly InstalledRule[]): number {
  let number = last + 1;
  while (rules.some(({ id }) => id === `r${number}`)) number++;
  return number;
}

/** Whether a rule has ended for messages that arrive at `nowMs`. */
export function isOver({ expiresAtMs }: InstalledRule, nowMs: number): boolean {
  return expiresAtMs !== null && expiresAtMs <= nowMs;
}

/** When the first of these rules ends; null: never. */
export function nextExpiryMs(rules: readonly InstalledRule[]): number | null {
  const ends = rules.flatMap(({ expiresAtMs }) => expiresAtMs ?? []);
  return ends.length === 0 ? null : Math.min(...ends);
}

export function noSuchRule(id: string, rules: readonly InstalledRule[]): FaultlineError {
  const there = rules.length === 0 ? 'none' : rules.map((rule) => rule.id).join(', ');
  return new FaultlineError('NOT_FOUND', `no rule has the id ${id}; installed: ${there}`, { id });
}

function requireNeeds({ kind, spec }: ReadRule, others: readonly InstalledRule[]): void {
  const { needs } = kind;
  if (needs === undefined) return;
  const links = parseLinks(spec.links);
  const isThere = others.some(
    ({ spec: other }) => other.kind === needs && linksOverlap(parseLinks(other.links), links),
  );
  if (isThere) return;
  throw new FaultlineError(
    'BAD_RULE',
    `kind: ${kind.name} needs a ${needs} rule on the same links, and none is installed: install that first`,
    { property: 'kind', needs, links: spec.links },
  );
}
