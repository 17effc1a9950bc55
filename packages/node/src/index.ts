/** What a program imports. */
export type { Body, Json } from '@faultline/protocol';
export { errorCodes, RpcError, UnknownOutcome } from './errors.ts';
export type {
  Disk,
  Handler,
  Log,
  LogLine,
  Message,
  Node,
  NodeClock,
  Program,
  Random,
  Reply,
  Timer,
} from './port.ts';
