/**
 * The process groups with a CPU limit, and the thread that enforces it. The thread is started when it is
 * first needed.
 */
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type Deferred, deferred } from '@faultline/protocol';
import { signalGroup } from '../processes/signal-group.ts';
import { bundle } from '../programs/bundle.ts';
import type { FromCpuThread, ToCpuThread } from './cpu-thread.ts';

export interface CpuGiven {
  readonly usedMs: number;
  readonly passedMs: number;
}

export class CpuLimits {
  readonly #cacheDir: string;
  readonly #groups = new Set<number>();
  readonly #given = new Map<number, CpuGiven>();
  readonly #freeing = new Map<number, Deferred>();
  #thread: Promise<Worker> | undefined;
  #lastRequest = 0;

  constructor(cacheDir: string) {
    this.#cacheDir = cacheDir;
  }

  /** `share` of one CPU, above 0 and below 1. Rejects if the thread cannot be started. */
  async limit(group: number, share: number): Promise<void> {
    this.#groups.add(group);
    this.#given.delete(group);
    await this.#send({ do: 'limit', group, share });
  }

  /** Resolves when the group runs and will not be stopped again. */
  async free(group: number): Promise<void> {
    if (!this.#groups.delete(group)) return;
    const n = ++this.#lastRequest;
    const freed = deferred();
    this.#freeing.set(n, freed);
    await this.#send({ do: 'free', group, n });
    await freed.promise;
  }

  /** The CPU time that the group got since it was limited; undefined: not measured yet. */
  given(group: number): CpuGiven | undefined {
    return this.#given.get(group);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#groups].map((group) => this.free(group)));
    const thread = await this.#thread?.catch(() => undefined);
    await thread?.terminate();
  }

  async #send(message: ToCpuThread): Promise<void> {
    this.#thread ??= this.#start();
    const thread = await this.#thread;
    thread.postMessage(message);
  }

  async #start(): Promise<Worker> {
    const main = fileURLToPath(new URL(`./cpu-thread${extname(import.meta.url)}`, import.meta.url));
    const path = await bundle({
      label: 'cpu-thread',
      entry: `import ${JSON.stringify(main)};`,
      cacheDir: this.#cacheDir,
      starts: true,
    });
    const thread = new Worker(path);
    thread.unref();
    thread.on('message', (message: FromCpuThread) => this.#receive(message));
    thread.on('error', () => {});
    thread.on('exit', () => this.#ended());
    return thread;
  }

  #receive(message: FromCpuThread): void {
    if (message.did === 'free') {
      this.#freeing.get(message.n)?.resolve();
      this.#freeing.delete(message.n);
    } else if (this.#groups.has(message.group)) {
      const { usedMs, passedMs } = message;
      this.#given.set(message.group, { usedMs, passedMs });
    }
  }

  /** Continues the groups that the thread had stopped, as no one else would. */
  #ended(): void {
    this.#thread = undefined;
    for (const group of this.#groups) signalGroup(group, 'SIGCONT');
    this.#groups.clear();
    for (const freed of this.#freeing.values()) freed.resolve();
    this.#freeing.clear();
  }
}
