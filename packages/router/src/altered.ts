/** A message as rules changed it: the same reader's fields, over other bytes. */
import { type Alteration, alterBody, sourceAfter } from '@faultline/faults';
import { bodyBytesMax, FrameReader, rewriteEnvelope } from '@faultline/protocol';

/**
 * A reader of the changed message; the given one where nothing came of the changes, as of a field that
 * the message does not have, or where the body would become larger than a body may be.
 */
export function alter(reader: FrameReader, alterations: readonly Alteration[]): FrameReader {
  const body = reader.buffer.subarray(reader.bodyAt, reader.end);
  const changed = alterBody(body, alterations);
  const src = sourceAfter(reader.src, alterations);
  const isSame = src === reader.src && body.equals(changed);
  if (isSame || changed.length > bodyBytesMax) return reader;
  const altered = new FrameReader(reader.names);
  altered.open(rewriteEnvelope(reader, { body: changed, src }));
  altered.next();
  return altered;
}
