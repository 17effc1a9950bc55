/**
 * Workers that run trials in parallel. Each is a separate process, so that starting a cluster or judging a
 * run does not delay the clients and steps of others.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { failed, type Outcome } from './outcome.ts';
import type { Trial } from './trial.ts';

export type Order = Omit<Trial, 'name' | 'stateDir'>;

const workerFile = fileURLToPath(new URL('./worker.ts', import.meta.url));

export class Crew implements AsyncDisposable {
  /** Of all runs, with the programs bundled once. It goes at the end, unless a run in it is kept. */
  readonly #stateDir = mkdtempSync(join(tmpdir(), 'faultline-prove-'));
  readonly #workers: (ChildProcess | undefined)[];
  #count = 0;
  #isKept = false;

  constructor(size: number) {
    this.#workers = Array.from({ length: size }, () => undefined);
  }

  /**
   * The outcomes, in the order of the trials. `onDone` gets their number after each trial. Throws if the
   * signal is aborted.
   */
  async do(
    orders: readonly Order[],
    signal: AbortSignal,
    onDone: (count: number) => void,
  ): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    let next = 0;
    let done = 0;
    await Promise.all(
      this.#workers.map(async (_, place) => {
        for (let at = next++; at < orders.length; at = next++) {
          const outcome = await this.#give(place, orders[at]!, signal);
          // A failed run may be worth inspecting.
          this.#isKept ||= outcome.runDir !== null || outcome.verdict === 'failed';
          outcomes[at] = outcome;
          onDone(++done);
        }
      }),
    );
    return outcomes;
  }

  async #give(place: number, order: Order, signal: AbortSignal): Promise<Outcome> {
    signal.throwIfAborted();
    let worker = this.#workers[place];
    if (worker === undefined || !worker.connected) worker = fork(workerFile);
    this.#workers[place] = worker;
    const name = `${order.plan.name.slice(0, 20)}-${++this.#count}`;
    const trial: Trial = { ...order, name, stateDir: this.#stateDir };
    const over = new AbortController();
    const events = { signal: AbortSignal.any([signal, over.signal]) };
    worker.send(trial);
    try {
      return await Promise.race([
        once(worker, 'message', events).then(([outcome]) => outcome as Outcome),
        once(worker, 'exit', events).then(() => failed(order.seed, 'its process has ended')),
      ]);
    } finally {
      over.abort();
    }
  }

  /** Takes down the runs in progress. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      this.#workers.map(async (worker) => {
        if (worker === undefined || worker.exitCode !== null || worker.signalCode !== null) return;
        const exited = once(worker, 'exit');
        if (worker.connected) worker.disconnect();
        await exited;
      }),
    );
    if (!this.#isKept) rmSync(this.#stateDir, { recursive: true, force: true });
  }
}
