/**
 * Who asks: c1, c2, … A client has one operation at a time, as checkers take for granted, so each name
 * is lent to one user at a time. The lowest that are free are taken, so that names come out the same each time.
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
