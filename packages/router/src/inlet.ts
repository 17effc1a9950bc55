/**
 * What members send, in turns: each may have a number of bytes routed in one round of the event loop, and
 * what it sent beyond that waits here while its socket is not read. So a member that sends as much as it
 * can delays the others by its share of a round, and not by all it has sent.
 */

/** What one member may have routed in a round: about what a link sends in one frame. */
const roundBytesMax = 64 * 1024;

/** Where frames come from. */
export interface Source {
  pause(): void;
  resume(): void;
}

/** Routes about `bytesMax` bytes of a frame from an offset. Returns where it stopped: at the end, its length. */
export type RouteFrame = (frame: Buffer, isBinary: boolean, at: number, bytesMax: number) => number;

interface Waiting {
  readonly frame: Buffer;
  readonly isBinary: boolean;
  /** How much of it has been routed. */
  at: number;
}

/** The rounds of all members of a router. */
export class Rounds {
  readonly #used = new Set<Inlet>();
  #isEndScheduled = false;

  /** The inlet has routed something in this round. */
  uses(inlet: Inlet): void {
    this.#used.add(inlet);
    if (this.#isEndScheduled) return;
    this.#isEndScheduled = true;
    setImmediate(this.#next);
  }

  /** Between two rounds, the sockets of all are read. */
  readonly #next = (): void => {
    this.#isEndScheduled = false;
    const inlets = [...this.#used];
    this.#used.clear();
    for (const inlet of inlets) inlet.nextRound();
  };
}

/** One connection. */
export class Inlet {
  readonly #rounds: Rounds;
  readonly #source: Source;
  readonly #route: RouteFrame;
  readonly #waiting: Waiting[] = [];
  /** Left of this round. */
  #bytes = roundBytesMax;

  constructor(rounds: Rounds, source: Source, route: RouteFrame) {
    this.#rounds = rounds;
    this.#source = source;
    this.#route = route;
  }

  take(frame: Buffer, isBinary: boolean): void {
    const waiting = { frame, isBinary, at: 0 };
    if (this.#waiting.length === 0 && this.#routes(waiting)) return;
    if (this.#waiting.push(waiting) === 1) this.#source.pause();
  }

  nextRound(): void {
    this.#bytes = roundBytesMax;
    if (this.#waiting.length === 0) return;
    while (this.#waiting.length > 0 && this.#routes(this.#waiting[0]!)) this.#waiting.shift();
    if (this.#waiting.length === 0) this.#source.resume();
  }

  /** The connection has ended: what came before that is routed now. */
  end(): void {
    for (const waiting of this.#waiting.splice(0)) {
      this.#bytes = Number.POSITIVE_INFINITY;
      this.#routes(waiting);
    }
  }

  /** False if the rest of it is for the next round. */
  #routes(waiting: Waiting): boolean {
    const { frame, isBinary } = waiting;
    if (this.#bytes <= 0) return false;
    this.#rounds.uses(this);
    const from = waiting.at;
    waiting.at = this.#route(frame, isBinary, from, this.#bytes);
    // An empty frame costs something, too.
    this.#bytes -= Math.max(1, waiting.at - from);
    return waiting.at >= frame.length;
  }
}
