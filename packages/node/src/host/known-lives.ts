/**
 * Which entries of a received vector a node's vector clock may take over. Its size is sent with every
 * message, so names that a node makes up would slow all others.
 *
 * The supervisor says which starts of nodes there have been. One that it has not named yet may be on
 * its way here, behind the first message that knows of it: a few of those are believed.
 */

/** By the name of a node, the number of its latest start. */
export type Lives = Readonly<Record<string, number>>;

const unknownMax = 64;

/** The id of a start of a node in vector clocks. */
export const lifeId = (name: string, incarnation: number): string =>
  incarnation === 1 ? name : `${name}.${incarnation}`;

export class KnownLives {
  readonly #latest = new Map<string, number>();
  readonly #unknown = new Set<string>();

  constructor(lives: Lives) {
    this.add(lives);
  }

  /** Nodes that are not in `lives` any more have been there. */
  add(lives: Lives): void {
    for (const [name, incarnation] of Object.entries(lives)) {
      this.#latest.set(name, Math.max(incarnation, this.#latest.get(name) ?? 0));
    }
    for (const id of this.#unknown) if (this.#isKnown(id)) this.#unknown.delete(id);
  }

  /** Asked once for each id that is taken over. */
  admits(id: string): boolean {
    if (this.#isKnown(id)) return true;
    if (this.#unknown.size >= unknownMax) return false;
    this.#unknown.add(id);
    return true;
  }

  #isKnown(id: string): boolean {
    if (this.#latest.has(id)) return true;
    const dot = id.lastIndexOf('.');
    const name = id.slice(0, dot);
    const incarnation = Number(id.slice(dot + 1));
    const latest = this.#latest.get(name) ?? 0;
    return incarnation > 1 && incarnation <= latest && id === lifeId(name, incarnation);
  }
}
