/**
 * Tracks whether a node's process is connected to the router. A process whose connection ended may be
 * about to exit. The cause is clear once it exits, joins again, or keeps running unconnected.
 */
import type { LinkClosed } from '@faultline/protocol';
import { trueNowMs } from '@faultline/recording';

export interface LostLink {
  /** Why the connection ended. */
  readonly reason: string;
  readonly sinceMs: number;
}

export interface LinkWatchOptions {
  /** The connection ended at `atMs`. `reason` is undefined if the process ended with it. */
  readonly onDown: (reason: string | undefined, atMs: number) => void;
  /** The process is running, but has not joined again in time. */
  readonly onLost: (lost: LostLink) => void;
}

/** How long a process may take to end, or to join again, after its connection ended. */
const graceMs = 200;
/** How long it may take to join a router that was started again. */
const rejoinMs = 1000;

export class LinkWatch {
  readonly #options: LinkWatchOptions;
  #lost: LostLink | null = null;
  #isUnreported = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LinkWatchOptions) {
    this.#options = options;
  }

  /** Null: it is connected, or has never been. */
  get lost(): LostLink | null {
    return this.#lost;
  }

  down({ reason, isByMember }: LinkClosed): void {
    this.#report(true);
    this.#lost = { reason, sinceMs: trueNowMs() };
    this.#isUnreported = true;
    if (!isByMember) this.#report(true);
    this.#wait(graceMs);
  }

  routerDied(): void {
    this.#report(true);
    clearTimeout(this.#timer);
    this.#lost ??= { reason: 'the router died', sinceMs: trueNowMs() };
  }

  routerIsBack(): void {
    if (this.#lost !== null) this.#wait(rejoinMs);
  }

  /** The process was paused, and could do nothing about its connection. */
  resumed(): void {
    if (this.#lost !== null) this.#wait(graceMs);
  }

  /** Returns what the process was without until now. */
  up(): LostLink | null {
    const lost = this.#lost;
    this.#report(true);
    this.#end();
    return lost;
  }

  /** The process has ended. */
  ended(): void {
    this.#report(false);
    this.#end();
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#report(true);
      if (this.#lost !== null) this.#options.onLost(this.#lost);
    }, ms);
  }

  #report(isAlive: boolean): void {
    if (!this.#isUnreported || this.#lost === null) return;
    this.#isUnreported = false;
    const { reason, sinceMs } = this.#lost;
    this.#options.onDown(isAlive ? reason : undefined, sinceMs);
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#lost = null;
  }
}
