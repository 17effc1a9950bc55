/**
 * The clients inside the supervisor, through which the command line and the API call nodes. Their
 * messages cross the router like all others. A client is outside the system under test: it has no node
 * clock and does not stamp messages.
 */

import { Link, type LinkOptions } from '@faultline/link';
import {
  type Body,
  type Deferred,
  deferred,
  FaultlineError,
  type FrameReader,
  isDeeperThan,
  isDefiniteError,
  jsonDepthMax,
  messageId,
} from '@faultline/protocol';
import { trueNowMs } from '@faultline/recording';

export interface Answer {
  readonly body: Body;
  readonly message: string;
  readonly ms: number;
}

/** Called with the id of the request as it is sent. */
export type OnSent = (message: string) => void;

interface CallLimits {
  /** The limit of the call, shown in errors. */
  readonly limitMs: number;
  /** The part of the limit that is left. */
  readonly leftMs: number;
  /** Returns why no answer can come, and what to do; null: unknown. */
  readonly whyNoAnswer?: () => string | null;
}

/** The end of a wait: an answer, or the reason for none. */
type Outcome = { readonly body: Body; readonly src: string } | 'unsent' | 'timeout' | 'closed';

/** A request that was sent. */
interface Pending {
  readonly seq: number;
  readonly settle: (outcome: Outcome) => void;
}

export class Caller {
  readonly name: string;
  readonly #incarnation: number;
  readonly #link: Link;
  readonly #pending = new Map<number, Pending>();
  #lastMsgId = 0;
  #up: Deferred = deferred();
  readonly #joined: Deferred = deferred();
  #isClosed = false;

  constructor(
    name: string,
    incarnation: number,
    url: string,
    signed: Pick<LinkOptions, 'signatures' | 'onForged'> = {},
  ) {
    this.name = name;
    this.#incarnation = incarnation;
    this.#link = new Link({
      ...signed,
      url,
      name,
      incarnation,
      onMessage: (reader) => this.#receive(reader),
      onUp: () => {
        this.#up.resolve();
        this.#joined.resolve();
      },
      onDown: () => {
        this.#up = deferred();
      },
      onUnsent: (seq) => {
        for (const pending of this.#pending.values()) {
          if (pending.seq === seq) pending.settle('unsent');
        }
      },
    });
  }

  /** Resolves once it has joined the router, or is closed. */
  get whenJoined(): Promise<void> {
    return this.#joined.promise;
  }

  /**
   * Throws CALL_REFUSED for an error that means no effect. Throws CALL_UNKNOWN for any other error, an
   * invalid answer, or no answer in time or before the cluster was taken down. If the request was
   * certainly not sent, throws ROUTER_DOWN, or CLUSTER_STOPPING once it can no longer be sent.
   */
  async call(
    dest: string,
    request: { type: string; [key: string]: unknown },
    { limitMs, leftMs, whyNoAnswer = () => null }: CallLimits,
    onSent: OnSent = () => {},
  ): Promise<Answer> {
    const startMs = trueNowMs();
    const timeout = deferred<'timeout'>();
    const timer = setTimeout(() => timeout.resolve('timeout'), leftMs);
    try {
      if (!this.#link.isUp) await Promise.race([this.#up.promise, timeout.promise]);
      if (this.#isClosed) throw takenDown(dest, request.type);
      const msg_id = ++this.#lastMsgId;
      const sentMs = trueNowMs();
      const answer = deferred<Outcome>();
      const body = { ...request, msg_id } as Body;
      if (!this.#link.isUp) throw notSent(dest, request.type, sentMs - startMs);
      const seq = this.#link.send(dest, body);
      this.#pending.set(msg_id, { seq, settle: answer.resolve });
      const message = messageId(this.name, this.#incarnation, seq);
      onSent(message);
      const outcome = await Promise.race([answer.promise, timeout.promise]);
      this.#pending.delete(msg_id);
      if (outcome === 'unsent') throw notSent(dest, request.type, trueNowMs() - startMs);
      const facts = { node: dest, type: request.type, message };
      if (outcome === 'timeout') {
        const why = whyNoAnswer();
        throw new FaultlineError(
          'CALL_UNKNOWN',
          `${dest} did not answer ${request.type} within ${limitMs} ms: it may or may not have taken effect${why === null ? '' : `. ${dest} cannot answer because ${why}`}`,
          { ...facts, timeoutMs: limitMs },
        );
      }
      if (outcome === 'closed') {
        throw new FaultlineError(
          'CALL_UNKNOWN',
          `the cluster was taken down before ${dest} answered ${request.type}: it may or may not have taken effect`,
          facts,
        );
      }
      if (isDeeperThan(outcome.body, jsonDepthMax)) {
        throw new FaultlineError(
          'CALL_UNKNOWN',
          `${dest} answered ${request.type} with data nested deeper than ${jsonDepthMax} levels, which cannot be printed: it may or may not have taken effect`,
          { ...facts, depthMax: jsonDepthMax },
        );
      }
      if (outcome.body.type === 'error') {
        const { code } = outcome.body;
        const text = asText(outcome.body.text);
        // An error from the router means that the node did not get the request.
        const reason =
          outcome.src === 'router'
            ? `${text}: it took no effect`
            : `${dest} answered ${request.type} with error ${asText(code)}: ${text}`;
        const isDefinite = isDefiniteError(typeof code === 'number' ? code : Number.NaN);
        throw new FaultlineError(
          isDefinite ? 'CALL_REFUSED' : 'CALL_UNKNOWN',
          isDefinite ? reason : `${reason}: it may or may not have taken effect`,
          { ...facts, errorCode: code, isDefinite },
        );
      }
      return { body: outcome.body, message, ms: trueNowMs() - sentMs };
    } finally {
      clearTimeout(timer);
    }
  }

  redirect(url: string): void {
    this.#link.redirect(url);
  }

  /** Ends all pending calls. */
  close(): void {
    this.#isClosed = true;
    this.#up.resolve();
    this.#joined.resolve();
    this.#link.close();
    for (const pending of this.#pending.values()) pending.settle('closed');
  }

  #receive(reader: FrameReader): void {
    const body = reader.body();
    const { src } = reader;
    if (body.in_reply_to !== undefined) this.#pending.get(body.in_reply_to)?.settle({ body, src });
  }
}

export function notSent(dest: string, type: string, afterMs: number): FaultlineError {
  return new FaultlineError(
    'ROUTER_DOWN',
    `the router was unavailable for ${Math.round(afterMs)} ms, so ${type} was not sent to ${dest}: it took no effect`,
    { node: dest, type },
  );
}

function takenDown(dest: string, type: string): FaultlineError {
  return new FaultlineError(
    'CLUSTER_STOPPING',
    `the cluster was taken down before ${type} was sent to ${dest}: it took no effect`,
    { node: dest, type },
  );
}

/** A node may put any value into the fields of an error. */
function asText(field: unknown): string {
  return typeof field === 'string' ? field : JSON.stringify(field);
}
