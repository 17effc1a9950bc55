/**
 * Sends a recording to a page, and follows it while it is written. Facts are read from the files once the
 * page has acknowledged earlier ones, so a slow page costs no memory here.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type FollowedRun, type RunFiles, trueNowMs } from '@faultline/recording';
import { type FromServer, framesPerSecond, unacknowledgedBytesMax } from '../contract/messages.ts';
import { WordWriter } from '../contract/words.ts';
import { FactTables } from './fact-tables.ts';

/** The connection to a page. */
export interface PageSocket {
  send(frame: string | Uint8Array): void;
  /** How many bytes of chunks the page has read. */
  readonly acknowledgedBytes: number;
  /** Resolves when another acknowledgement comes, or the connection ends. */
  acknowledged(): Promise<void>;
}

const frameMs = 1000 / framesPerSecond;
/** After this long without a fact, there is none to read. */
const recentMs = 500;

export class RunStream {
  readonly #files: RunFiles;
  readonly #socket: PageSocket;
  readonly #signal: AbortSignal;
  readonly #words = new WordWriter();
  readonly #facts: FactTables;
  readonly #lines: FollowedRun;
  #sentBytes = 0;
  /** True time of the newest fact that was read, and when it was read. */
  #newestMs = 0;
  #readMs = 0;
  #hasCaughtUp = false;

  constructor(files: RunFiles, socket: PageSocket, signal: AbortSignal) {
    this.#files = files;
    this.#socket = socket;
    this.#signal = signal;
    this.#facts = new FactTables(this.#words, files.run.epoch.trueMs);
    this.#lines = files.follow();
  }

  /** Resolves when the run is over and all of it was sent, or the signal is aborted. */
  async send(): Promise<void> {
    const isLive = !(await this.#files.isOver());
    this.#send({ is: 'run', run: this.#files.run, isLive });
    await this.#sendLines();
    if (isLive) await Promise.race([this.#sendFacts(true), this.#tick()]);
    else await this.#sendFacts(false);
    if (this.#signal.aborted) return;
    await this.#sendLines();
    this.#send({ is: 'over' });
  }

  #send(message: FromServer): void {
    this.#socket.send(JSON.stringify(message));
  }

  async #sendFacts(follow: boolean): Promise<void> {
    const batches = this.#files.facts({
      vectors: false,
      follow,
      signal: this.#signal,
      onCaughtUp: () => this.#caughtUp(),
    });
    for await (const batch of batches) {
      for (const fact of batch) {
        if (this.#facts.isFull) await this.#flush();
        this.#facts.add(fact);
      }
      this.#newestMs = batch.at(-1)!.atMs;
      this.#readMs = trueNowMs();
    }
    await this.#flush();
    if (!this.#hasCaughtUp) this.#caughtUp();
  }

  #caughtUp(): void {
    this.#hasCaughtUp = true;
    this.#flushNow();
    this.#send({ is: 'caughtUp' });
  }

  /** What is new leaves at most so often; never resolves but with the signal. */
  async #tick(): Promise<void> {
    while (!this.#signal.aborted) {
      await sleep(frameMs, undefined, { signal: this.#signal }).catch(() => {});
      await this.#sendLines();
      if (this.#hasRoom) this.#flushNow();
      const nowMs = trueNowMs();
      this.#send({
        is: 'progress',
        nowMs: nowMs - this.#files.run.epoch.trueMs,
        behindMs: this.#isBehind(nowMs) ? nowMs - this.#newestMs : 0,
      });
    }
  }

  /** Facts wait to be read: the page has no room, or those that were just read are not the latest. */
  #isBehind(nowMs: number): boolean {
    return !this.#hasRoom || nowMs - this.#readMs < recentMs;
  }

  get #hasRoom(): boolean {
    return this.#sentBytes - this.#socket.acknowledgedBytes <= unacknowledgedBytesMax;
  }

  async #sendLines(): Promise<void> {
    for (;;) {
      const { events, entries } = await this.#lines.next();
      if (events.length > 0) this.#send({ is: 'events', events });
      if (entries.length > 0) this.#send({ is: 'history', entries });
      if (events.length === 0 && entries.length === 0) return;
    }
  }

  /** Resolves once the page has room for more. */
  async #flush(): Promise<void> {
    this.#flushNow();
    while (!this.#hasRoom && !this.#signal.aborted) await this.#socket.acknowledged();
  }

  #flushNow(): void {
    const chunks = this.#facts.take();
    const words = this.#words.take();
    if (words !== undefined) this.#send({ is: 'words', ...words });
    for (const chunk of chunks) {
      this.#socket.send(chunk);
      this.#sentBytes += chunk.byteLength;
    }
  }
}
