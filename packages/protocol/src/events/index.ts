export { baseEvents } from './catalog.ts';
export {
  type About,
  type EventDefinition,
  type EventIn,
  type EventTable,
  eventKind,
  type FactsIn,
  type NodeKindsIn,
  type ReportIn,
} from './definition.ts';
/** What the facts of events are made of. */
export * as fact from './facts.ts';
