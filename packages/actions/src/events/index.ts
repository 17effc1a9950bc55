export {
  type ClusterEvent,
  type EventFacts,
  type EventKind,
  type EventReport,
  eventCatalog,
  isByNode,
  isEventKind,
  isOfKind,
  type NodeEventKind,
  type RecordEvent,
  type RecordNodeEvent,
} from './catalog.ts';
export { eventSchemaName, eventSchemas } from './schemas.ts';
export { isSeen, type Seen, seenStates, seenText } from './seen.ts';
export { eventText, isQuiet, requiredFacts } from './words.ts';
