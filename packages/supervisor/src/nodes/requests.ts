/** Numbered requests to a node's process over IPC. Each reply carries the number of its request. */
import { type Deferred, deferred, type FromNode, type ToNode } from '@faultline/protocol';
import type { Spawned } from '../processes/spawn.ts';

export type Reply = Extract<FromNode, { n: number }>;

export class Requests {
  #last = 0;
  readonly #pending = new Map<number, Deferred<Reply | undefined>>();

  /**
   * Sends the request that `make` returns for a number. Resolves to undefined if the process does not
   * reply within `limitMs`, or exits first.
   */
  async send(
    { exited }: Pick<Spawned, 'exited'>,
    transmit: (message: ToNode) => void,
    make: (n: number) => ToNode,
    limitMs: number,
  ): Promise<Reply | undefined> {
    const n = ++this.#last;
    const reply = deferred<Reply | undefined>();
    this.#pending.set(n, reply);
    const timer = setTimeout(() => reply.resolve(undefined), limitMs);
    void exited.then(() => reply.resolve(undefined));
    transmit(make(n));
    try {
      return await reply.promise;
    } finally {
      clearTimeout(timer);
      this.#pending.delete(n);
    }
  }

  /** Drops a reply to a request that is no longer pending. */
  receive(reply: Reply): void {
    this.#pending.get(reply.n)?.resolve(reply);
  }
}
