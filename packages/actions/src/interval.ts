/** The fault of a verb as an interval of time: which events begin it, and which end it. */
import type { EventTable, FactsIn } from '@faultline/protocol';

export interface VerbInterval<Events extends EventTable = EventTable> {
  /** The `kind` of the fault in a history. */
  readonly kind: string;
  /**
   * By kind of event, the node's fault from then on: completes "n1 …". Null: the fault has ended. A fault
   * that is already in force keeps its beginning.
   */
  readonly after: { readonly [K in keyof Events]?: (facts: FactsIn<Events>[K]) => string | null };
  /** Events of other verbs that end it. */
  readonly endsAfter?: readonly string[];
  /** The fault ends with the process. Other faults survive restarts of the node. */
  readonly endsWithProcess: boolean;
  /** If no messages are counted, it has hit one process. Omitted: what it hits is unknown then. */
  readonly hitsProcess?: true;
}

/** The node's fault after an event. Null: it has ended; undefined: unchanged. */
export const wrongAfter = (
  { after, endsAfter = [] }: VerbInterval,
  { kind, facts }: { readonly kind: string; readonly facts: object },
): string | null | undefined => (endsAfter.includes(kind) ? null : after[kind]?.(facts));
