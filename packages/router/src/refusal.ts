/**
 * The answer of the router to a sender whose request a rule refused.
 *
 * The error is Maelstrom's 11, temporarily unavailable: a definite one, because the request certainly
 * did not take effect, and one that invites another try, because the link may work again. 14, abort,
 * would say that the receiver had begun.
 */
import { FrameReader, FrameWriter, maelstromErrors, type Sign } from '@faultline/protocol';

/** Who speaks. Members are called n1, c1 and the like. */
export const routerName = 'router';

export class Refusals {
  readonly #writer: FrameWriter;
  /** Numbers the messages of the router's own. */
  #seq = 0;

  constructor(sign: Sign | undefined) {
    this.#writer = new FrameWriter(sign);
  }

  /** The answer to the reader's current message, which is a request. */
  of(request: FrameReader, reason: string): FrameReader {
    const text = `${request.dest} was not sent ${request.type}: ${reason}`;
    const code = maelstromErrors.temporarilyUnavailable;
    const body = { type: 'error', in_reply_to: request.msgId, code, text };
    this.#writer.append(routerName, request.src, body, 0, ++this.#seq);
    const reader = new FrameReader(request.names);
    reader.open(this.#writer.take());
    reader.next();
    return reader;
  }
}
