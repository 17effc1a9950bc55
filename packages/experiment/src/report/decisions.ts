/**
 * What the router decided in a run, edge by edge, and where two runs part. Pure.
 *
 * The same seed, the same rules and the same messages on an edge are decided alike. Of real processes
 * the messages differ sooner or later, and a rule that comes at a time comes before another message
 * than it did: so each edge is followed up to the first message at which something differs, and what
 * that was is told:
 *
 *   traffic    another message: of another type or size
 *   rules      other rules were in force when it arrived, since they come at a time
 *   time       the rule that caught it goes by time itself: a rate, a cut of idle links
 *   decision   none of these, and decided otherwise: this must never be
 */
import { matchesLink, parseLinks, type TraceEvent } from '@faultline/protocol';

interface Decided {
  readonly type: string;
  readonly isReply: boolean;
  readonly bodyBytes: number;
  /** By copy. */
  readonly copies: { outcome: string; rules: readonly string[]; goesByTime: boolean }[];
  /** The rules on its edge when it arrived, one a line. */
  readonly inForce: string;
}

export type Decisions = ReadonlyMap<string, readonly Decided[]>;

type PartingCause = 'traffic' | 'rules' | 'time' | 'decision';

export interface Parting {
  /** Its number on the edge, from 1. */
  readonly at: number;
  readonly cause: PartingCause;
  readonly recorded: string;
  readonly replayed: string;
}

export interface EdgeComparison {
  readonly edge: string;
  /** Messages in each run. */
  readonly recorded: number;
  readonly replayed: number;
  /** Null where they never part: one of them is the beginning of the other. */
  readonly parting: Parting | null;
}

interface Rule {
  readonly text: string;
  /** What it decides depends on when messages come: a rate on what waits, some cuts on what came before. */
  readonly goesByTime: boolean;
  readonly links: ReturnType<typeof parseLinks>;
}

/** Facts of a router in the order in which it wrote them. */
export async function decisionsOf(facts: AsyncIterable<readonly TraceEvent[]>): Promise<Decisions> {
  const edges = new Map<string, Decided[]>();
  const messages = new Map<string, Decided>();
  const rules = new Map<string, Rule>();
  /** Also those that are gone: a message may still be on its way that they have touched. */
  const known = new Map<string, Rule>();
  const installations = new Map<string, number>();
  let onEdge = new Map<string, string>();
  for await (const batch of facts) {
    for (const fact of batch) {
      if (fact.kind === 'rule') {
        onEdge = new Map();
        if (fact.change !== 'added') rules.delete(fact.id);
        else if (fact.spec !== undefined) {
          const rule = ruleOf(fact.spec, installations);
          rules.set(fact.id, rule);
          known.set(fact.id, rule);
        }
        continue;
      }
      if (fact.kind === 'start') rules.clear();
      if (fact.kind !== 'fate') continue;
      const { id, src, dest, copy, fate, type, isReply, bodyBytes } = fact;
      const edge = `${src}>${dest}`;
      let decided = messages.get(id);
      if (decided === undefined) {
        let inForce = onEdge.get(edge);
        if (inForce === undefined) {
          inForce = namesOf(rules, src, dest);
          onEdge.set(edge, inForce);
        }
        decided = { type, isReply, bodyBytes, copies: [], inForce };
        messages.set(id, decided);
        const list = edges.get(edge);
        if (list === undefined) edges.set(edge, [decided]);
        else list.push(decided);
      }
      // The first record of a copy tells what was decided, others what came of that: also a cut that
      // caught it on its way.
      decided.copies[copy] ??= {
        outcome: outcomeOf[fate] ?? fate,
        rules: fact.rules.map((rule) => known.get(rule)?.text ?? rule),
        goesByTime: fact.rules.some((rule) => known.get(rule)?.goesByTime),
      };
    }
  }
  return edges;
}

/** Fates of what was let through; the others say what was decided. */
const outcomeOf: Readonly<Record<string, string>> = {
  delivered: 'passed',
  waiting: 'passed',
  overflow: 'passed',
  'node down': 'passed',
  'router down': 'passed',
  dropped: 'passed',
};

/** Rules are told apart by what they say, and by how often that was said: their ids go by time. */
function ruleOf(spec: object, installations: Map<string, number>): Rule {
  const { kind, links, settings, ...match } = spec as Record<string, unknown>;
  const all = { ...match, ...(settings as object) };
  const beside = Object.entries(all)
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .sort();
  const said = [kind, links, ...beside].join(' ');
  const count = (installations.get(said) ?? 0) + 1;
  installations.set(said, count);
  return {
    text: count === 1 ? said : `${said} (${count}. time)`,
    goesByTime: kind === 'rate' || 'idle' in all || 'established' in all,
    links: parseLinks(String(links)),
  };
}

const isClient = (name: string): boolean => !/^n\d+$/.test(name);

const namesOf = (rules: ReadonlyMap<string, Rule>, src: string, dest: string): string =>
  [...rules.values()]
    .filter(({ links }) => matchesLink(links, src, dest, isClient))
    .map(({ text }) => text)
    .join('\n');

export function compareDecisions(recorded: Decisions, replayed: Decisions): EdgeComparison[] {
  const edges = [...new Set([...recorded.keys(), ...replayed.keys()])].sort();
  return edges.map((edge) => {
    const before = recorded.get(edge) ?? [];
    const now = replayed.get(edge) ?? [];
    return {
      edge,
      recorded: before.length,
      replayed: now.length,
      parting: firstParting(before, now),
    };
  });
}

function firstParting(before: readonly Decided[], now: readonly Decided[]): Parting | null {
  for (let i = 0; i < Math.min(before.length, now.length); i++) {
    const a = before[i]!;
    const b = now[i]!;
    const part = (cause: PartingCause, recorded: string, replayed: string): Parting => ({
      at: i + 1,
      cause,
      recorded,
      replayed,
    });
    if (trafficOf(a) !== trafficOf(b)) return part('traffic', trafficOf(a), trafficOf(b));
    if (a.inForce !== b.inForce) {
      return part('rules', rulesOf(a), rulesOf(b));
    }
    if (fateOf(a) === fateOf(b)) continue;
    return part(goesByTime(a) || goesByTime(b) ? 'time' : 'decision', fateOf(a), fateOf(b));
  }
  return null;
}

const rulesOf = ({ inForce }: Decided): string =>
  inForce === '' ? 'no rule' : inForce.replaceAll('\n', '; ');

const trafficOf = ({ type, isReply, bodyBytes }: Decided): string =>
  `${type}${isReply ? ' (a reply)' : ''} of ${bodyBytes} bytes`;

const fateOf = ({ copies }: Decided): string =>
  copies
    .map(({ outcome, rules }) =>
      rules.length === 0 ? outcome : `${outcome} by ${rules.join(', ')}`,
    )
    .join(' and ');

const goesByTime = ({ copies }: Decided): boolean => copies.some((copy) => copy.goesByTime);
