/** Queries on a run that keep little in memory, so the run may be of any size. */
import {
  type Fate,
  type FateEvent,
  FaultlineError,
  fates,
  type LinkSelector,
  type NodeTerm,
  parseDuration,
  parseLinks,
  parseNodes,
  type TraceQuery,
} from '@faultline/protocol';
import { readFacts } from './facts.ts';
import type { FactFilter } from './filter.ts';
import { readLatest } from './latest.ts';

const limitDefault = 100;

/**
 * The latest `limit` fates that match the query, oldest first. Throws BAD_REQUEST if the query names a
 * fate that does not exist, BAD_SELECTOR, BAD_DURATION, and NOT_FOUND if no such rule was ever in
 * force. `nowMs`: the true time that `since` counts back from.
 */
export async function readTrace(
  dir: string,
  query: TraceQuery,
  nowMs: number,
): Promise<FateEvent[]> {
  const { limit = limitDefault, id, rule } = query;
  const filter = { ...filterOf(query, nowMs), message: id };
  const { facts, rules } = await readLatest(dir, { filter, limit });
  if (facts.length === 0) requireRule(rule, rules);
  return facts.filter((fact) => fact.kind === 'fate');
}

/** A filter from the user's texts. Throws as `readTrace` does. */
export function filterOf(
  { src, dest, link, type, fate, rule, since }: Omit<TraceQuery, 'id' | 'limit'>,
  nowMs: number,
): FactFilter {
  return {
    ...(src === undefined ? {} : endOf('src', 'from', src)),
    ...(dest === undefined ? {} : endOf('dest', 'to', dest)),
    ...(type?.endsWith('*') ? { typeStart: type.slice(0, -1) } : { type }),
    rule,
    links: link === undefined ? undefined : linksOf(link),
    fate: fate === undefined ? undefined : fateOf(fate),
    sinceMs: since === undefined ? undefined : nowMs - parseDuration(since),
  };
}

function linksOf(text: string): LinkSelector {
  const links = parseLinks(text);
  for (const { from, to } of links.links) requireLasting(text, [...from, ...to]);
  return links;
}

/** A single name is the common case and is compared directly. */
function endOf(name: 'src' | 'dest', list: 'from' | 'to', text: string): FactFilter {
  const { terms } = parseNodes(text);
  requireLasting(text, terms);
  const [first] = terms;
  return terms.length === 1 && first?.kind === 'name' ? { [name]: first.name } : { [list]: terms };
}

const lasting: ReadonlySet<NodeTerm['kind']> = new Set(['name', 'range', 'all', 'clients', 'any']);

function requireLasting(text: string, terms: readonly NodeTerm[]): void {
  if (terms.every(({ kind }) => lasting.has(kind))) return;
  throw new FaultlineError(
    'BAD_SELECTOR',
    `expected names, n1-n3, *, clients or any; ${text} depends on the cluster's state at the time, which a recording does not hold`,
    { text },
  );
}

function fateOf(text: string): Fate {
  // `node-down` needs no quotes in a shell.
  const fate = fates.find((each) => each === text || each.replaceAll(' ', '-') === text);
  if (fate !== undefined) return fate;
  throw new FaultlineError(
    'BAD_REQUEST',
    `no fate is called ${JSON.stringify(text)}; there are ${fates.join(', ')}`,
    { fate: text, fates },
  );
}

/** Throws NOT_FOUND if the run never had the rule. */
export function requireRule(rule: string | undefined, seen: ReadonlySet<string>): void {
  if (rule === undefined || seen.has(rule)) return;
  const there = seen.size === 0 ? 'it had none' : `it had ${[...seen].join(', ')}`;
  throw new FaultlineError('NOT_FOUND', `no rule of this run has the id ${rule}; ${there}`, {
    rule,
    rules: [...seen],
  });
}

export interface Losses {
  readonly count: number;
  /** The ids of the first of them. */
  readonly messages: readonly string[];
}

/** Which messages were lost with a router, as far as later routers could determine. */
export async function readLosses(dir: string, sinceMs: number, idsMax: number): Promise<Losses> {
  const lost = new Set<string>();
  // Losses follow from the earlier records: those are inspected, and none is decoded.
  const losses = readFacts(dir, { from: 'router', fromMs: sinceMs, wants: () => false });
  for await (const batch of losses) {
    for (const fact of batch) {
      if (fact.kind === 'fate' && fact.fate === 'router down' && fact.atMs >= sinceMs) {
        lost.add(fact.id);
      }
    }
  }
  return { count: lost.size, messages: [...lost].slice(0, idsMax) };
}
