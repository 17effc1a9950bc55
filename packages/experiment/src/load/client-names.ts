/**
 * Names of clients: c1, c2, … Checkers assume that a client has one operation at a time, so each name has
 * one user at a time. The lowest free names are used, so that runs get the same names.
 */
export class ClientNames {
  readonly #taken = new Set<string>();

  take(count: number): string[] {
    const names: string[] = [];
    for (let number = 1; names.length < count; number++) {
      const name = `c${number}`;
      if (this.#taken.has(name)) continue;
      this.#taken.add(name);
      names.push(name);
    }
    return names;
  }

  giveBack(names: readonly string[]): void {
    for (const name of names) this.#taken.delete(name);
  }
}
