import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Orders } from '../fixtures/disk.ts';
import { bundledFixture } from './bundle.ts';

const fixture = bundledFixture('disk');

export interface DiskFailure extends Error {
  readonly code: string;
  readonly errno: string;
}

/** A process with a node's disk. It is killed at the end, if not before. */
export class DiskProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  /** The last number that it reported of its endless command. */
  done = -1;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message: { done?: number }) => {
      this.done = message.done ?? this.done;
    });
  }

  /** `wrapper`: a command that runs the command behind it. */
  static async start(dir: string, wrapper: readonly string[] = []): Promise<DiskProcess> {
    const [file, ...args] = [...wrapper, process.execPath, fixture(), dir];
    const child = spawn(file!, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => {
        throw new Error(`the process with the disk ended with ${code}`);
      }),
    ]);
    return new DiskProcess(child);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  async do<K extends keyof Orders>(
    order: K,
    ...args: Parameters<Orders[K]>
  ): Promise<Awaited<ReturnType<Orders[K]>>> {
    this.#child.send({ order, args });
    const [{ value, error }] = await once(this.#child, 'message');
    if (error !== undefined) throw Object.assign(new Error(error.message), error);
    return value;
  }

  /** Starts an endless command, and waits until it has reported this number. */
  async doUntil(order: 'syncForever' | 'replaceForever', file: string, count: number) {
    this.#child.send({ order, args: [file] });
    while (this.done < count) await once(this.#child, 'message');
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
