export * from './api/route-schemas.ts';
export * from './api/routes.ts';
export * from './api/schemas.ts';
/** The same by name, for documents. */
export * as apiSchemas from './api/schemas.ts';
export * from './control/node.ts';
export * from './control/router.ts';
export * from './deferred.ts';
export * from './errors.ts';
export * from './events/index.ts';
export * from './grammar/index.ts';
export * from './json-size.ts';
export * from './limits.ts';
export * from './program-text.ts';
export * from './recorded/facts.ts';
export * from './recorded/run.ts';
export { badFrame } from './wire/bad-frame.ts';
export * from './wire/envelope.ts';
export { fieldAt, parsedOrNull } from './wire/field.ts';
export { FrameReader } from './wire/frame-reader.ts';
export { FrameWriter, type Sign } from './wire/frame-writer.ts';
export { NameCache } from './wire/names.ts';
export { rewriteEnvelope } from './wire/rewrite.ts';
export {
  findVectorEnd,
  readStamps,
  type StampsToWrite,
  stampBytes,
  type VectorEntries,
  vectorEntryBytesMax,
  writeStamps,
  writeVector,
} from './wire/stamps.ts';
export { formatTextFrame, parseTextFrame } from './wire/text.ts';
export { readU48, writeU48 } from './wire/u48.ts';
