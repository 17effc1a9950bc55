/**
 * Unique ids, made without asking another node. Two ways to make them:
 *
 *   node    the node, its start, and a count. Nothing of it comes back: a node that lost its memory has
 *           started again.
 *   clock   milliseconds, node, and a count within the millisecond, packed into 63 bits that sort by
 *           time (Twitter's Snowflake, 2010). Unsafe where the clock jumps: when a moment comes back,
 *           so do its ids. Snowflake refuses to work until the moment has passed again, but only
 *           while the process remembers it; this one shows what it guards against.
 */
export function idsByNode(node: string, start: number): { next(): string } {
  let count = 0;
  return { next: () => `${node}-${start}-${++count}` };
}

const nodeBits = 10n;
const countBits = 12n;
const countMax = 2 ** Number(countBits);
/** Snowflake's own first moment. */
const epochMs = 1_288_834_974_657;

/** `place`: of the node among the members, below 1024. */
export function idsByClock(place: number): { next(wallMs: number): string } {
  let lastMs = Number.NEGATIVE_INFINITY;
  let count = 0;
  return {
    next(wallMs) {
      const nowMs = Math.max(0, Math.floor(wallMs) - epochMs);
      count = nowMs === lastMs ? count + 1 : 0;
      lastMs = nowMs;
      // A full millisecond runs over into the next one.
      const ms = nowMs + Math.floor(count / countMax);
      const parts = (BigInt(ms) << nodeBits) | BigInt(place);
      return String((parts << countBits) | BigInt(count % countMax));
    },
  };
}
