/** Undos that are still running because `using` cannot wait for them. The next operation waits instead. */
export class PendingUndos {
  #pending: Promise<void>[] = [];

  readonly add = (done: Promise<void>): void => {
    done.catch(() => {});
    this.#pending.push(done);
  };

  /** Waits for all of them. Throws the error of an undo once. */
  async done(): Promise<void> {
    while (this.#pending.length > 0) await this.#pending.shift();
  }
}
