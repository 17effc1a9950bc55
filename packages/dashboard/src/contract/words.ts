/** Texts as numbers, from 0, in the order in which they first occurred. */

/** The writing end: numbers new texts, and collects them until they are sent. */
export class WordWriter {
  readonly #numbers = new Map<string, number>();
  #unsent: string[] = [];

  numberOf(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    this.#numbers.set(text, number);
    this.#unsent.push(text);
    return number;
  }

  /** Those that are new since the last call, and the number of the first; undefined: none. */
  take(): { readonly from: number; readonly words: readonly string[] } | undefined {
    if (this.#unsent.length === 0) return undefined;
    const words = this.#unsent;
    this.#unsent = [];
    return { from: this.#numbers.size - words.length, words };
  }
}
