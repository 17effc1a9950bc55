/**
 * The names of a cluster's nodes, each given once in a run: what is recorded of a node that was removed
 * stands under its name, and a new one is not it.
 */
import { FaultlineError, parseNewNodes } from '@faultline/protocol';

export class NodeNames {
  readonly #given = new Set<string>();
  #last = 0;

  /** The next ones. */
  next(count: number): string[] {
    const names: string[] = [];
    while (names.length < count) {
      const name = `n${++this.#last}`;
      if (!this.#given.has(name)) names.push(name);
    }
    return this.#give(names);
  }

  /** Those that somebody wants. Throws BAD_SELECTOR, and BAD_REQUEST where one was given before. */
  these(text: string): string[] {
    const names = parseNewNodes(text);
    const known = names.find((name) => this.#given.has(name));
    if (known === undefined) return this.#give(names);
    throw new FaultlineError(
      'BAD_REQUEST',
      `there is or was a node ${known} in this run: a name is not used again`,
      { node: known },
    );
  }

  #give(names: string[]): string[] {
    for (const name of names) this.#given.add(name);
    return names;
  }
}
