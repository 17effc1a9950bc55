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
export {
  type About,
  type EventDefinition,
  type EventIn,
  type EventTable,
  eventKind,
  type FactsIn,
  type ReportIn,
} from './definition.ts';
export { eventSchemaName, eventSchemas } from './schemas.ts';
export { eventText, isQuiet, requiredFacts } from './words.ts';
