/** Who takes part in a run, in the order in which the page shows them. */

const isNode = (name: string): boolean => /^n\d+$/.test(name);
export const isClient = (name: string): boolean => /^c\d+$/.test(name);

const rank = (name: string): number => {
  if (isNode(name)) return 0;
  return isClient(name) ? 1 : 2;
};

/** Nodes by number, then clients by number, then others by name. */
export function inMemberOrder(a: string, b: string): number {
  const byRank = rank(a) - rank(b);
  if (byRank !== 0) return byRank;
  return rank(a) === 2 ? a.localeCompare(b) : Number(a.slice(1)) - Number(b.slice(1));
}
