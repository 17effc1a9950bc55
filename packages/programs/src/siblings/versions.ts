/**
 * What is known of a key whose writes may be concurrent, by dotted version vectors (Preguiça et al.
 * 2012, "Brief announcement: efficient causality tracking in distributed storage systems with dotted
 * version vectors").
 *
 *   dot       the write itself: who took it, and its count there
 *   past      what the writer had seen, as counts: all writes up to there
 *   sibling   a version that no other version's writer had seen
 *
 * A dot apart from the past is what keeps two writes apart that one node took from clients who had
 * seen the same: plain version vectors would let the second replace the first.
 */
import type { Json } from '@faultline/node';

/** Counts by start, such as `{"n1.2": 7}`. What a read answers as context is one. */
export type Past = Readonly<Record<string, number>>;

export type Version = {
  readonly value: Json;
  readonly dot: readonly [start: string, count: number];
  readonly past: Past;
};

const countIn = (past: Past, start: string): number =>
  Object.hasOwn(past, start) ? past[start]! : 0;

const isKnownTo = ({ dot: [start, count] }: Version, past: Past): boolean =>
  count <= countIn(past, start);

const isSame = (a: Version, b: Version): boolean => a.dot[0] === b.dot[0] && a.dot[1] === b.dot[1];

/** The versions of both that no other one has seen. */
export function sync(a: readonly Version[], b: readonly Version[]): readonly Version[] {
  const all = [...a, ...b.filter((version) => !a.some((other) => isSame(version, other)))];
  return all
    .filter((version) => !all.some(({ past }) => isKnownTo(version, past)))
    .sort(({ dot: [a, i] }, { dot: [b, j] }) => (a === b ? i - j : a < b ? -1 : 1));
}

/** What one who has read these versions has seen. */
export function contextOf(versions: readonly Version[]): Past {
  return versions.reduce<Past>(
    (context, { dot: [start, count], past }) => join(context, join(past, { [start]: count })),
    {},
  );
}

function join(a: Past, b: Past): Past {
  const joined: Record<string, number> = { ...a };
  for (const [start, count] of Object.entries(b)) {
    joined[start] = Math.max(countIn(a, start), count);
  }
  return joined;
}

/** These versions, and a write by one who had seen `past`. */
export function written(
  versions: readonly Version[],
  { start, past, value }: { readonly start: string; readonly past: Past; readonly value: Json },
): readonly Version[] {
  // One can have seen no more of this node's writes than there are.
  const known = countIn(contextOf(versions), start);
  const seen = {
    ...past,
    ...(Object.hasOwn(past, start) && { [start]: Math.min(past[start]!, known) }),
  };
  const version: Version = { value, dot: [start, known + 1], past: seen };
  return sync(versions, [version]);
}
