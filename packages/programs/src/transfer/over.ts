/**
 * What is over: of each coordinator the oldest transaction that may still be open, as it reported with a
 * later one. Then a node need not remember forever what it did about each older one, to recognize a
 * message that was late or doubled from a new one.
 *
 * Names are those of `nextOp`: the coordinator, its start and a count, such as `n1.2.7`. They grow.
 */
export class Over {
  readonly #oldest = new Map<string, string>();

  /** A coordinator reports that all its transactions before this one are over. True: that is news. */
  learn(oldest: string): boolean {
    const { coordinator } = parse(oldest);
    const known = this.#oldest.get(coordinator);
    if (known !== undefined && !isBefore(known, oldest)) return false;
    this.#oldest.set(coordinator, oldest);
    return true;
  }

  has(name: string): boolean {
    const oldest = this.#oldest.get(parse(name).coordinator);
    return oldest !== undefined && isBefore(name, oldest);
  }

  save(): readonly string[] {
    return [...this.#oldest.values()];
  }
}

function isBefore(a: string, b: string): boolean {
  const [one, other] = [parse(a), parse(b)];
  return one.start === other.start ? one.count < other.count : one.start < other.start;
}

function parse(name: string) {
  const [coordinator = '', start, count] = name.split('.');
  return { coordinator, start: Number(start), count: Number(count) };
}
