/** What faults touched, counted in one pass over the messages of a recording. */
import type { TraceEvent } from '@faultline/protocol';

/** All times are true times. */
export interface Wanted {
  readonly fromMs: number;
  readonly toMs: number;
  /** Intervals in which a node had a fault. */
  readonly nodes: readonly {
    readonly node: string;
    readonly fromMs: number;
    readonly toMs: number;
  }[];
}

export interface Counts {
  /** Messages between nodes in that time. */
  readonly betweenNodes: number;
  /** Messages that a rule touched in that time. */
  readonly byRule: ReadonlyMap<string, number>;
  /** For each interval, in the given order: messages to and from the node. */
  readonly byNode: readonly number[];
  /** Members that sent or received anything in that time. */
  readonly members: ReadonlySet<string>;
}

/** Messages of the time server belong to the tool, not to the tested system. */
const isTools = (name: string): boolean => name === 'time' || name === 'router';
const isNode = (name: string): boolean => /^n\d+$/.test(name);

export async function countMessages(
  facts: AsyncIterable<readonly TraceEvent[]>,
  { fromMs, toMs, nodes }: Wanted,
): Promise<Counts> {
  const rules = new Map<string, Set<string>>();
  const byNode = nodes.map(() => 0);
  const seen = new Set<string>();
  const members = new Set<string>();
  let betweenNodes = 0;
  for await (const batch of facts) {
    for (const fact of batch) {
      if (fact.kind !== 'fate' || fact.arrivedMs > toMs || fact.atMs < fromMs) continue;
      const { id, src, dest, arrivedMs } = fact;
      if (isTools(src) || isTools(dest)) continue;
      for (const rule of fact.rules) {
        const touched = rules.get(rule);
        if (touched === undefined) rules.set(rule, new Set([id]));
        else touched.add(id);
      }
      // A copy that waited has two fates, and a message may have several copies.
      if (seen.has(id) || arrivedMs < fromMs) continue;
      seen.add(id);
      members.add(src).add(dest);
      if (isNode(src) && isNode(dest)) betweenNodes++;
      for (const [i, interval] of nodes.entries()) {
        const isAbout = src === interval.node || dest === interval.node;
        if (isAbout && arrivedMs >= interval.fromMs && arrivedMs <= interval.toMs) byNode[i]!++;
      }
    }
  }
  const byRule = new Map([...rules].map(([rule, touched]) => [rule, touched.size]));
  return { betweenNodes, byRule, byNode, members };
}
