import fc from 'fast-check';

/**
 * Random executions of a cluster, and what happened before what in them.
 *
 * Events are listed in an order in which they could have happened. Nodes join as it proceeds, so
 * that late events name ids that early ones have never heard of. Messages may be delivered late,
 * out of order, twice, never, and to their own sender.
 */
export interface Event {
  readonly index: number;
  readonly node: string;
  /** The event before this one on the same node. */
  readonly previous: number | null;
  readonly kind: 'local' | 'send' | 'receive';
  /** For a receipt, the send it belongs to. */
  readonly sentAt: number | null;
  /** How much true time went by since the event before, anywhere; at least 1. */
  readonly gapMs: number;
}

const MAX_NODES = 5;

const draft = fc.record({
  node: fc.nat({ max: 1000 }),
  kind: fc.constantFrom('local', 'send', 'send', 'receive', 'receive', 'receive'),
  message: fc.nat({ max: 1000 }),
  gapMs: fc.integer({ min: 1, max: 3 }),
});

export const executions: fc.Arbitrary<readonly Event[]> = fc
  .array(draft, { minLength: 1, maxLength: 60 })
  .map((drafts) => {
    const events: Event[] = [];
    const sends: number[] = [];
    const latest = new Map<string, number>();
    drafts.forEach(({ node, kind, message, gapMs }, index) => {
      const members = Math.min(MAX_NODES, 2 + Math.floor(index / 5));
      const id = `n${1 + (node % members)}`;
      const sentAt = kind === 'receive' ? (sends[message % sends.length] ?? null) : null;
      if (kind === 'send') sends.push(index);
      events.push({
        index,
        node: id,
        previous: latest.get(id) ?? null,
        kind: kind === 'receive' && sentAt === null ? 'local' : (kind as Event['kind']),
        sentAt,
        gapMs,
      });
      latest.set(id, index);
    });
    return events;
  });

/** Happened-before by its definition: reachability along program order and messages. No clocks. */
export function happenedBefore(events: readonly Event[]): (a: number, b: number) => boolean {
  const next: number[][] = events.map(() => []);
  for (const { index, previous, sentAt } of events) {
    if (previous !== null) next[previous]!.push(index);
    if (sentAt !== null) next[sentAt]!.push(index);
  }
  const reachable = events.map(({ index }) => {
    const found = new Set<number>();
    const open = [...next[index]!];
    for (let event = open.pop(); event !== undefined; event = open.pop()) {
      if (found.has(event)) continue;
      found.add(event);
      open.push(...next[event]!);
    }
    return found;
  });
  return (a, b) => reachable[a]!.has(b);
}

/** Calls `visit` for each ordered pair of different events. */
export function eachPair(events: readonly Event[], visit: (a: number, b: number) => void): void {
  for (let a = 0; a < events.length; a++) {
    for (let b = 0; b < events.length; b++) {
      if (a !== b) visit(a, b);
    }
  }
}

/** The value for a key, made at its first use. */
export function obtain<K, V>(map: Map<K, V>, key: K, make: (key: K) => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make(key);
  map.set(key, made);
  return made;
}
