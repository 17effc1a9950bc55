/** Questions to a node's process that carry a number, and are answered by that number over IPC. */
import { type Deferred, deferred, type FromNode, type ToNode } from '@faultline/protocol';
import type { Spawned } from '../processes/spawn.ts';

export type Answer = Extract<FromNode, { n: number }>;

export class Questions {
  #last = 0;
  readonly #open = new Map<number, Deferred<Answer | undefined>>();

  /**
   * Sends the question that `make` returns for a number. Resolves to undefined if the process does
   * not answer within `limitMs`, or ends before.
   */
  async ask(
    { exited }: Pick<Spawned, 'exited'>,
    send: (message: ToNode) => void,
    make: (n: number) => ToNode,
    limitMs: number,
  ): Promise<Answer | undefined> {
    const n = ++this.#last;
    const answer = deferred<Answer | undefined>();
    this.#open.set(n, answer);
    const timer = setTimeout(() => answer.resolve(undefined), limitMs);
    void exited.then(() => answer.resolve(undefined));
    send(make(n));
    try {
      return await answer.promise;
    } finally {
      clearTimeout(timer);
      this.#open.delete(n);
    }
  }

  /** An answer to a question that is over is dropped. */
  answer(answer: Answer): void {
    this.#open.get(answer.n)?.resolve(answer);
  }
}
