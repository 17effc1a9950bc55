/**
 * Which entries of a received vector a node's vector clock may take over. Its size is sent with every
 * message, so names that a node makes up would slow all others.
 *
 * The supervisor sends the latest incarnation of each node. A message from a new incarnation may arrive
 * before that, so a few unknown entries are accepted.
 */

/** The latest incarnation of each node, by name. */
export type LatestIncarnations = Readonly<Record<string, number>>;

const unknownMax = 64;

/** The id of an incarnation in vector clocks. */
export const incarnationId = (name: string, incarnation: number): string =>
  incarnation === 1 ? name : `${name}.${incarnation}`;

export class KnownIncarnations {
  readonly #latest = new Map<string, number>();
  readonly #unknown = new Set<string>();

  constructor(latest: LatestIncarnations) {
    this.add(latest);
  }

  /** Keeps nodes that are missing in `latest`: they existed. */
  add(latest: LatestIncarnations): void {
    for (const [name, incarnation] of Object.entries(latest)) {
      this.#latest.set(name, Math.max(incarnation, this.#latest.get(name) ?? 0));
    }
    for (const id of this.#unknown) if (this.#isKnown(id)) this.#unknown.delete(id);
  }

  /** Called once for each id that is taken over. */
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
    return incarnation > 1 && incarnation <= latest && id === incarnationId(name, incarnation);
  }
}
