/**
 * Vector time: how many events of each node an event knows of. Pure functions.
 *
 * F. Mattern, "Virtual Time and Global States of Distributed Systems", 1989; and
 * C. Fidge, "Timestamps in Message-Passing Systems That Preserve the Partial Ordering", 1988.
 *
 * The law: `compare(V(a), V(b))` is 'before' exactly when a happened before b. Unlike Lamport's
 * clock, this works in both directions, at the price of one number per node.
 *
 * Membership may grow at any time: an id that a vector does not name has count 0 there, so naming
 * it with 0 or leaving it out is the same time. A node that comes back from a crash without its
 * count must take a new id (say, with its incarnation in it), or its new events pass for old ones.
 */
export type VectorTime = Readonly<Record<string, number>>;

export type Order = 'before' | 'after' | 'equal' | 'concurrent';

/** The count for one node, 0 when unknown. Own keys only: `constructor` is not a member. */
export function count(time: VectorTime, id: string): number {
  return Object.hasOwn(time, id) ? (time[id] as number) : 0;
}

export function compare(a: VectorTime, b: VectorTime): Order {
  let someLess = false;
  let someMore = false;
  for (const id of Object.keys(a)) {
    const countInA = count(a, id);
    const countInB = count(b, id);
    if (countInA < countInB) someLess = true;
    else if (countInA > countInB) someMore = true;
  }
  for (const id of Object.keys(b)) {
    if (!Object.hasOwn(a, id) && count(b, id) > 0) someLess = true;
  }
  if (someLess) return someMore ? 'concurrent' : 'before';
  return someMore ? 'after' : 'equal';
}

/** The least time that is not before either: the larger count for each id. */
export function merge(a: VectorTime, b: VectorTime): VectorTime {
  const merged = copy(a);
  for (const id of Object.keys(b)) merged[id] = Math.max(count(merged, id), count(b, id));
  return merged;
}

/** The time of the next event at node `id`. */
export function tick(time: VectorTime, id: string): VectorTime {
  const next = copy(time);
  next[id] = count(time, id) + 1;
  return next;
}

/** Without a prototype, so that a node may be called `__proto__` and be counted like any other. */
function copy(time: VectorTime): Record<string, number> {
  const fresh = Object.create(null) as Record<string, number>;
  for (const id of Object.keys(time)) fresh[id] = count(time, id);
  return fresh;
}
