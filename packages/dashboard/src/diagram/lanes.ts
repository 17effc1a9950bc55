/** Where each member's lane is. */

export interface Lanes {
  /** The middle of each lane, by the number of the member's word. */
  readonly yOf: ReadonlyMap<number, number>;
  /** In their order. */
  readonly lanes: readonly { readonly name: string; readonly y: number }[];
  readonly height: number;
}

const laneMin = 26;

/** `members` in their order; `numberOf`: of the word of a member. */
export function layOut(
  members: readonly string[],
  words: readonly string[],
  top: number,
  room: number,
): Lanes {
  const each = Math.max(laneMin, room / Math.max(1, members.length));
  const lanes = members.map((name, place) => ({ name, y: top + each * (place + 0.5) }));
  const yByName = new Map(lanes.map(({ name, y }) => [name, y]));
  const yOf = new Map<number, number>();
  for (const [number, word] of words.entries()) {
    const y = yByName.get(word);
    if (y !== undefined) yOf.set(number, y);
  }
  return { yOf, lanes, height: top + each * members.length };
}
