/**
 * Watches whether the event loop of one process answers, and finds the line that blocks it.
 *
 * The host of a node answers pings between two turns of its event loop. A ping without an answer for
 * two seconds means that the loop is blocked, however alive the process is; then Node's inspector,
 * which has a thread of its own, shows where. What state the node is in is not decided here.
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
  /** A paused process cannot answer, so it gets no pings. */
  readonly isPaused: () => boolean;
  /** Called at each ping while the one sent at `sentMs` has been without an answer for 2 s. */
  readonly onLate: (sentMs: number) => void;
  /** `sentMs`: when the ping was sent; null: no ping was waiting any more. */
  readonly onAnswer: (sentMs: number | null) => void;
}

const pingMs = 500;
const lateAfterMs = 2000;
/** Past this, a process that is starting is not just about to answer. */
const blockedAfterMs = 1000;
const inspectorMsMax = 1000;

export class LoopWatch {
  readonly #options: LoopWatchOptions;
  #timer: NodeJS.Timeout | undefined;
  /** When the ping was sent that has had no answer. */
  #sentMs: number | null = null;
  /** Set while the inspector is open, or about to be. */
  #inspector: Deferred<string> | undefined;
  /** From the signal that opens it until Node prints where it listens. */
  #isOpening = false;
  /** A developer has opened the inspector, to set breakpoints: it is not ours to use or close. */
  #isDebugged = false;

  constructor(options: LoopWatchOptions) {
    this.#options = options;
  }

  start(): void {
    let lastTickMs = trueNowMs();
    this.#timer = setInterval(() => {
      const tickMs = trueNowMs();
      // If this process itself was held up, answers may have come that it has not read yet.
      if (tickMs - lastTickMs < 2 * pingMs) this.#ping();
      lastTickMs = tickMs;
    }, pingMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** The process was paused: a ping from before says nothing about its event loop. */
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

  /** Node printed where its inspector listens. False where a developer asked for it. */
  inspectorListens(url: string): boolean {
    this.#isDebugged ||= !this.#isOpening;
    this.#isOpening = false;
    this.#inspector?.resolve(url);
    return !this.#isDebugged;
  }

  /** Resolves to true if a ping stays without an answer for a second. */
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

  /** Resolves to the line of the program that runs right now, or null if that cannot be found. */
  async findPlace(): Promise<string | null> {
    const { program } = this.#options;
    const spawned = this.#options.spawned();
    if (program.kind !== 'module' || spawned === undefined || this.#isDebugged) return null;
    if (this.#inspector === undefined) {
      this.#inspector = deferred();
      this.#isOpening = true;
    }
    // To the process alone: the signal would end what it has started.
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
