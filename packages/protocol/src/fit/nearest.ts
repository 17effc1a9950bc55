/** "Did you mean …?" */

/** The word that is at most two typing slips away, if one is. */
export function nearest(typed: string, words: Iterable<string>): string | undefined {
  // A long text is no slip of the finger, and distances are quadratic.
  if (typed.length > 32) return undefined;
  let best: string | undefined;
  let bestSlips = 3;
  for (const word of words) {
    const slips = distance(typed.toLowerCase(), word.toLowerCase());
    if (slips < bestSlips && slips < word.length) {
      best = word;
      bestSlips = slips;
    }
  }
  return best;
}

/** Levenshtein: insertions, deletions and replacements. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
