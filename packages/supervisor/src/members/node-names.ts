/**
 * The names of a cluster's nodes. Each is used only once per run, because the recording of a removed
 * node stays under its name.
 */
import { FaultlineError } from '@faultline/protocol';

export class NodeNames {
  readonly #used = new Set<string>();
  #last = 0;

  /** The next unused names. */
  next(count: number): readonly string[] {
    const names: string[] = [];
    while (names.length < count) {
      const name = `n${++this.#last}`;
      if (!this.#used.has(name)) names.push(name);
    }
    return this.#use(names);
  }

  /** Names that a user chose. Throws BAD_REQUEST if one was used before. */
  these(names: readonly string[]): readonly string[] {
    const used = names.find((name) => this.#used.has(name));
    if (used === undefined) return this.#use(names);
    throw new FaultlineError(
      'BAD_REQUEST',
      `${used} is or was a node of this run: choose a name that was not used before`,
      { node: used },
    );
  }

  #use(names: readonly string[]): readonly string[] {
    for (const name of names) this.#used.add(name);
    return names;
  }
}
