export { type RouteSchemas, routeSchemas } from './api/route-schemas.ts';
export * from './api/routes.ts';
export * from './api/schemas.ts';
export * from './control/node.ts';
export * from './control/router.ts';
export * from './errors.ts';
export * from './grammar/index.ts';
export * from './trace/events.ts';
export * from './trace/losses.ts';
export * from './trace/reader.ts';
export {
  type FateToWrite,
  fateRecordBytesMax,
  linkRecordBytes,
  type RuleToWrite,
  recordBytesMaxWith,
  startRecordBytes,
  tracedBodyBytesMax,
  traceMagic,
  wordBytesMax,
  writeFateRecord,
  writeHandledRecord,
  writeLinkRecord,
  writeLocalRecord,
  writeNodeRecord,
  writeReceiveRecord,
  writeRuleRecord,
  writeStartRecord,
  writeWordRecord,
} from './trace/record.ts';
export * from './trace/run.ts';
export { badFrame } from './wire/bad-frame.ts';
export * from './wire/envelope.ts';
export { fieldAt, parsedOrNull } from './wire/field.ts';
export { FrameReader } from './wire/frame-reader.ts';
export { FrameWriter, type Sign } from './wire/frame-writer.ts';
export { NameCache } from './wire/names.ts';
export { rewriteEnvelope } from './wire/rewrite.ts';
export type { StampsToWrite, VectorEntries } from './wire/stamps.ts';
export { formatTextFrame, parseTextFrame } from './wire/text.ts';
