/**
 * What the router tells a sender whose request a rule refused.
 *
 * The error is Maelstrom's 11, temporarily unavailable: a definite one, because the request certainly
 * did not take effect, and one that invites another try, because the link may work again. 14, abort,
 * would say that the receiver had begun.
 */
import { FrameReader, FrameWriter, maelstromErrors } from '@faultline/protocol';

/** Who speaks: no member can have this name. */
const routerName = 'router';

const writer = new FrameWriter();

/** The answer to the reader's current message, which is a request; `seq` counts such answers. */
export function refusalOf(request: FrameReader, reason: string, seq: number): FrameReader {
  const text = `${request.dest} was not sent ${request.type}: ${reason}`;
  const code = maelstromErrors.temporarilyUnavailable;
  const body = { type: 'error', in_reply_to: request.msgId, code, text };
  writer.append(routerName, request.src, body, 0, seq);
  const reader = new FrameReader(request.names);
  reader.open(writer.take());
  reader.next();
  return reader;
}
