/** What a verb makes wrong as an interval of time: which events begin it, and which end it. */
import type { EventTable, FactsIn } from '@faultline/protocol';

export interface VerbInterval<Events extends EventTable = EventTable> {
  /** The `kind` of the fault in a history. */
  readonly kind: string;
  /**
   * By kind of event, what is wrong with the node from then on: completes "n1 …". Null: nothing any more.
   * What is wrong already stays as it began.
   */
  readonly after: { readonly [K in keyof Events]?: (facts: FactsIn<Events>[K]) => string | null };
  /** Events of other verbs that end it. */
  readonly endsAfter?: readonly string[];
  /** It ends with the process. Others outlive it, and a node that is started again has them. */
  readonly endsWithProcess: boolean;
  /** Where no messages are counted, it has hit one process. Omitted: what it hits is unknown then. */
  readonly hitsProcess?: true;
}

/** What is wrong with the node after an event. Null: nothing any more; undefined: as before. */
export const wrongAfter = (
  { after, endsAfter = [] }: VerbInterval,
  { kind, facts }: { readonly kind: string; readonly facts: object },
): string | null | undefined => (endsAfter.includes(kind) ? null : after[kind]?.(facts));
