/**
 * What the router decided in a run, edge by edge, and where two runs diverge. Pure.
 *
 * The same seed, rules and messages on an edge lead to the same decisions. Messages of real processes
 * differ sooner or later, and a rule that is added at a certain time is added before a different message.
 * So each edge is compared up to the first message at which something differs, and the reason is reported:
 *
 *   traffic    a different message: another type or size
 *   rules      different rules were in force when it arrived, because they are added at certain times
 *   time       the rule that caught it depends on time: a rate, a cut of idle links
 *   decision   none of these, and yet a different decision: this must never happen
 */
import { matchesLink, parseLinks, type TraceEvent } from '@faultline/protocol';

interface Decided {
  readonly type: string;
  readonly isReply: boolean;
  readonly bodyBytes: number;
  /** By copy. */
  readonly copies: { outcome: string; rules: readonly string[]; dependsOnTime: boolean }[];
  /** The rules on its edge when it arrived, one a line. */
  readonly inForce: string;
}

export type Decisions = ReadonlyMap<string, readonly Decided[]>;

type PartingCause = 'traffic' | 'rules' | 'time' | 'decision';

export interface Parting {
  /** Its ordinal on the edge, from 1. */
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
  /** Null if they never diverge: one of them is a prefix of the other. */
  readonly parting: Parting | null;
}

interface Rule {
  readonly text: string;
  /** Its decisions depend on when messages arrive: a rate on the queue, some cuts on earlier messages. */
  readonly dependsOnTime: boolean;
  readonly links: ReturnType<typeof parseLinks>;
}

/** Facts of a router, in the order in which it wrote them. */
export async function decisionsOf(facts: AsyncIterable<readonly TraceEvent[]>): Promise<Decisions> {
  const edges = new Map<string, Decided[]>();
  const messages = new Map<string, Decided>();
  const rules = new Map<string, Rule>();
  /** Includes removed rules: a message that they touched may still be in flight. */
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
      // The first record of a copy has the decision; later ones have its outcome, including a cut that
      // caught it in flight.
      decided.copies[copy] ??= {
        outcome: outcomeOf[fate] ?? fate,
        rules: fact.rules.map((rule) => known.get(rule)?.text ?? rule),
        dependsOnTime: fact.rules.some((rule) => known.get(rule)?.dependsOnTime),
      };
    }
  }
  return edges;
}

/** Fates of copies that were let through; other fates equal the decision. */
const outcomeOf: Readonly<Record<string, string>> = {
  delivered: 'passed',
  waiting: 'passed',
  overflow: 'passed',
  'node down': 'passed',
  'router down': 'passed',
  dropped: 'passed',
};

/** Rules are identified by their content and its number of repetitions, because their ids depend on time. */
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
    dependsOnTime: kind === 'rate' || 'idle' in all || 'established' in all,
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
    return part(dependsOnTime(a) || dependsOnTime(b) ? 'time' : 'decision', fateOf(a), fateOf(b));
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

const dependsOnTime = ({ copies }: Decided): boolean => copies.some((copy) => copy.dependsOnTime);
