/**
 * The names of a cluster's nodes, each given once in a run: what is recorded of a node that was removed
 * stands under its name, and a new one is not it.
 */
import { FaultlineError } from '@faultline/protocol';

export class NodeNames {
  readonly #given = new Set<string>();
  #last = 0;

  /** The next ones. */
  next(count: number): readonly string[] {
    const names: string[] = [];
    while (names.length < count) {
      const name = `n${++this.#last}`;
      if (!this.#given.has(name)) names.push(name);
    }
    return this.#give(names);
  }

  /** Those that a user wants. Throws BAD_REQUEST if one was given before. */
  these(names: readonly string[]): readonly string[] {
    const known = names.find((name) => this.#given.has(name));
    if (known === undefined) return this.#give(names);
    throw new FaultlineError(
      'BAD_REQUEST',
      `there is or was a node ${known} in this run: a name is not used again`,
      { node: known },
    );
  }

  #give(names: readonly string[]): readonly string[] {
    for (const name of names) this.#given.add(name);
    return names;
  }
}
