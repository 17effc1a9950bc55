/**
 * The clients of a cluster that live in the supervisor: what the command line and the API call nodes
 * as. Their messages cross the router like everybody's. A client stands outside the system: it has
 * no node clock and stamps nothing.
 */
import {
  type Body,
  FaultlineError,
  type FrameReader,
  isDefiniteError,
  messageId,
} from '@faultline/protocol';
import { Link, trueNowMs } from '@faultline/protocol/host';

export interface Answer {
  readonly body: Body;
  readonly message: string;
  readonly ms: number;
}

export class Caller {
  readonly name: string;
  readonly #incarnation: number;
  readonly #link: Link;
  readonly #pending = new Map<number, (body: Body) => void>();
  #lastMsgId = 0;
  #up: Promise<void>;

  constructor(name: string, incarnation: number, url: string) {
    this.name = name;
    this.#incarnation = incarnation;
    let onUp: () => void;
    this.#up = new Promise((resolve) => {
      onUp = resolve;
    });
    this.#link = new Link({
      url,
      name,
      incarnation,
      onMessage: (reader) => this.#receive(reader),
      onUp: () => onUp(),
    });
  }

  /** Throws CALL_UNKNOWN where no answer came in time, CALL_REFUSED where it was an error. */
  async call(
    dest: string,
    request: { type: string; [key: string]: unknown },
    timeoutMs: number,
  ): Promise<Answer> {
    await this.#up;
    const msg_id = ++this.#lastMsgId;
    const sentMs = trueNowMs();
    const seq = this.#link.send(dest, { ...request, msg_id } as Body);
    const message = messageId(this.name, this.#incarnation, seq);
    const body = await this.#answerTo(msg_id, timeoutMs);
    const facts = { node: dest, type: request.type, message };
    if (body === undefined) {
      throw new FaultlineError(
        'CALL_UNKNOWN',
        `${dest} did not answer ${request.type} within ${timeoutMs} ms: it may or may not have taken effect`,
        { ...facts, timeoutMs },
      );
    }
    if (body.type === 'error') {
      const isDefinite = isDefiniteError(Number(body.code));
      throw new FaultlineError(
        'CALL_REFUSED',
        `${dest} answered ${request.type} with error ${body.code}: ${body.text}`,
        { ...facts, errorCode: body.code, isDefinite },
      );
    }
    return { body, message, ms: trueNowMs() - sentMs };
  }

  #answerTo(msgId: number, timeoutMs: number): Promise<Body | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#pending.delete(msgId);
        resolve(undefined);
      }, timeoutMs);
      this.#pending.set(msgId, (body) => {
        clearTimeout(timer);
        resolve(body);
      });
    });
  }

  redirect(url: string): void {
    this.#link.redirect(url);
  }

  close(): void {
    this.#link.close();
  }

  #receive(reader: FrameReader): void {
    const body = reader.body();
    const id = body.in_reply_to;
    if (id === undefined) return;
    const settle = this.#pending.get(id);
    this.#pending.delete(id);
    settle?.(body);
  }
}
