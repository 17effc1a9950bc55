/**
 * Watches whether the event loop of one process answers, and finds the line that blocks it.
 *
 * A node's host answers pings between two turns of its event loop. If a ping has no answer for two
 * seconds, the loop is blocked, although the process is alive. Then Node's inspector, which has a
 * separate thread, shows where. This class does not decide the node's state.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Deferred, deferred, type ToNode } from '@faultline/protocol';
import { trueNowMs } from '@faultline/recording';
import type { Spawned } from '../processes/spawn.ts';
import type { ProgramSource } from '../programs/program.ts';
import { whereBlocked } from './where-blocked.ts';

export interface LoopWatchOptions {
  readonly program: ProgramSource;
  readonly spawned: () => Spawned | undefined;
  readonly send: (message: ToNode) => void;
  /** A paused process cannot answer, so no pings are sent to it. */
  readonly isPaused: () => boolean;
  /** Called at each ping while the one sent at `sentMs` has been without an answer for 2 s. */
  readonly onLate: (sentMs: number) => void;
  /** `sentMs`: when the ping was sent; null: no ping was pending. */
  readonly onAnswer: (sentMs: number | null) => void;
}

const pingMs = 500;
const lateAfterMs = 2000;
/** A starting process that takes longer than this to answer is blocked. */
const blockedAfterMs = 1000;
const inspectorMsMax = 1000;

export class LoopWatch {
  readonly #options: LoopWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  /** When the pending ping was sent. */
  #sentMs: number | null = null;
  /** Set while the inspector is open or opening. */
  #inspector: Deferred<string> | undefined;
  /** True from the signal that opens the inspector until Node prints its address. */
  #isOpening = false;
  /** A developer has opened the inspector to set breakpoints, so the supervisor must not use or close it. */
  #isDebugged = false;

  constructor(options: LoopWatchOptions) {
    this.#options = options;
  }

  start(): void {
    let lastTickMs = trueNowMs();
    this.#timer = setInterval(() => {
      const tickMs = trueNowMs();
      // If this process itself was delayed, it may not have read the latest answers yet.
      if (tickMs - lastTickMs < 2 * pingMs) this.#ping();
      lastTickMs = tickMs;
    }, pingMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** The process was paused: an earlier ping is no evidence about its event loop. */
  forget(): void {
    this.#sentMs = null;
  }

  answered(): void {
    const sentMs = this.#sentMs;
    this.#sentMs = null;
    if (this.#inspector !== undefined) {
      this.#inspector = undefined;
      this.#options.send({ to: 'closeInspector' });
    }
    this.#options.onAnswer(sentMs);
  }

  /** Node printed the address of its inspector. Returns false if a developer opened it. */
  inspectorListens(url: string): boolean {
    this.#isDebugged ||= !this.#isOpening;
    this.#isOpening = false;
    this.#inspector?.resolve(url);
    return !this.#isDebugged;
  }

  /** Resolves to true if a ping has no answer for a second. */
  async isBlocked(): Promise<boolean> {
    // Only our own programs answer pings, and only once they are configured.
    if (this.#timer === undefined) return false;
    this.#ping();
    const sentMs = this.#sentMs;
    if (sentMs === null) return false;
    while (this.#sentMs === sentMs && trueNowMs() - sentMs < blockedAfterMs) {
      await sleep(20, undefined, { ref: false });
    }
    return this.#sentMs === sentMs;
  }

  /** Resolves to the currently running line of the program, or null if it cannot be found. */
  async findPlace(): Promise<string | null> {
    const { program } = this.#options;
    const spawned = this.#options.spawned();
    if (program.kind !== 'module' || spawned === undefined || this.#isDebugged) return null;
    if (this.#inspector === undefined) {
      this.#inspector = deferred();
      this.#isOpening = true;
    }
    // Not to the group: the signal would end child processes.
    spawned.child.kill('SIGUSR1');
    const url = await Promise.race([
      this.#inspector.promise,
      spawned.exited,
      sleep(inspectorMsMax, null, { ref: false }),
    ]);
    return typeof url === 'string' ? whereBlocked(url, program.bundlePath) : null;
  }

  #ping(): void {
    if (this.#options.isPaused()) return;
    const nowMs = trueNowMs();
    if (this.#sentMs === null) {
      this.#sentMs = nowMs;
      this.#options.send({ to: 'ping', n: 0 });
    } else if (nowMs - this.#sentMs > lateAfterMs) {
      this.#options.onLate(this.#sentMs);
    }
  }
}
