/** What is being undone and nobody waited for: `using` cannot. Whoever asks for something next does. */
export class Undoing {
  #pending: Promise<void>[] = [];

  readonly add = (done: Promise<void>): void => {
    done.catch(() => {});
    this.#pending.push(done);
  };

  /** Throws what an undoing has thrown, once. */
  async done(): Promise<void> {
    while (this.#pending.length > 0) await this.#pending.shift();
  }
}
