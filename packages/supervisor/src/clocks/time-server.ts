/**
 * The cluster's time server: a client called `time` that answers requests with the true wall-clock time.
 * Requests and answers cross the router like all messages, so a rule on `n1>time` or `time>n1` causes an
 * error in n1's clock. It joins the network when it is first needed.
 *
 *   request {type: 'time'}   answer {type: 'time_ok', t2Ms, t3Ms}: receive time, transmit time
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Link, type Signatures } from '@faultline/link';
import { type Deferred, deferred, type FrameReader, timeServer } from '@faultline/protocol';

export class TimeServer {
  readonly #link: Link;
  readonly #trueWall: () => number;
  #up: Deferred = deferred();

  constructor(url: string, trueWall: () => number, signatures?: Signatures) {
    this.#trueWall = trueWall;
    this.#link = new Link({
      signatures,
      url,
      name: timeServer,
      incarnation: 1,
      onMessage: (reader) => this.#answer(reader),
      onUp: () => this.#up.resolve(),
      onDown: () => {
        this.#up = deferred();
      },
    });
  }

  /** Resolves to whether it is reachable, now or within this duration. */
  isUpWithin(ms: number): Promise<boolean> {
    if (this.#link.isUp) return Promise.resolve(true);
    const isUp = this.#up.promise.then(() => true);
    return Promise.race([isUp, sleep(ms, false, { ref: false })]);
  }

  redirect(url: string): void {
    this.#link.redirect(url);
  }

  close(): void {
    this.#link.close();
  }

  #answer(reader: FrameReader): void {
    const t2Ms = this.#trueWall();
    const { type, msg_id } = reader.body();
    if (type !== 'time' || msg_id === undefined) return;
    const answer = { type: 'time_ok', in_reply_to: msg_id, t2Ms };
    this.#link.send(reader.src, { ...answer, t3Ms: this.#trueWall() });
  }
}
