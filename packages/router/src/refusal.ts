/**
 * The answer of the router to a sender whose request a rule refused, or to a member that waits for an
 * answer on a connection that was reset.
 *
 * The error of a refusal is Maelstrom's 11, temporarily unavailable: a definite one, because the request certainly
 * did not take effect, and one that invites another try, because the link may work again. 14, abort,
 * would say that the receiver had begun. That of a reset is 13, crash, which is indefinite.
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
    return this.#error(request, request.src, request.msgId, code, text);
  }

  /**
   * What the one who waits hears in the place of an answer, where the connection was reset that carries the
   * reader's current message: a request, or the reply to one.
   */
  reset(message: FrameReader, rule: string): FrameReader {
    const isReply = message.inReplyTo >= 0;
    const [waits, peer, request] = isReply
      ? [message.dest, message.src, message.inReplyTo]
      : [message.src, message.dest, message.msgId];
    const text = `connection reset by peer: ${peer} may or may not have done it (rule ${rule})`;
    return this.#error(message, waits, request, maelstromErrors.crash, text);
  }

  #error(about: FrameReader, to: string, request: number, code: number, text: string): FrameReader {
    const body = { type: 'error', in_reply_to: request, code, text };
    this.#writer.append(routerName, to, body, 0, ++this.#seq);
    const reader = new FrameReader(about.names);
    reader.open(this.#writer.take());
    reader.next();
    return reader;
  }
}
