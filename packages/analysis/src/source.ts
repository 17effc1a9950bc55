/** A recording as this package reads it in chunks: `RunFiles` of `recording` is one. */
import type { ClusterEvent } from '@faultline/actions';
import type { Fate, HistoryEntry, Reception, RunInfo, TraceEvent } from '@faultline/protocol';

/** A record at a glance; valid until the next one. Fields that its kind does not have are garbage. */
export interface SeenRecord {
  readonly kind: TraceEvent['kind'];
  /** True time. */
  readonly atMs: number;
  /** Which message it is about. */
  readonly src: string;
  readonly incarnation: number;
  readonly seq: number;
  /** For a fate; undefined for an unknown one. */
  readonly fate: Fate | undefined;
  readonly dest: string;
  readonly type: string;
  /** Ids with commas. */
  readonly rules: string;
  readonly ordinal: number;
  readonly bodyBytes: number;
  readonly arrivedMs: number;
  /** -1 for none. */
  readonly msgId: number;
  readonly inReplyTo: number;
  readonly isReply: boolean;
  readonly isAltered: boolean;
  readonly hasStamps: boolean;
  /** Of a reception. */
  readonly did: Reception | undefined;
}

interface FactsWanted {
  /** '' is the router's series, n1.2 that of the second incarnation of n1. */
  readonly from: 'router' | ((series: string) => boolean);
  readonly vectors?: boolean;
  /** True time: what is earlier is skipped. */
  readonly fromMs?: number;
  /** With `fromMs`: skipped records are not read at all. */
  readonly onDoubt?: (atMs: number) => void;
  /** Which records become facts; `decode` returns what the record says. */
  readonly wants?: (record: SeenRecord, decode: () => TraceEvent | undefined) => boolean;
  /** The members for whose messages fates are reported that no router could write. */
  readonly losesOf?: (name: string) => boolean;
}

export interface RunSource {
  readonly run: RunInfo;
  facts(wanted: FactsWanted): AsyncIterable<TraceEvent[]>;
  series(): Promise<string[]>;
  /** True time of the router's last fact. */
  endMs(from: 'router'): Promise<number>;
  /** Those whose line contains one of the texts. */
  events(texts?: readonly string[]): Promise<ClusterEvent[]>;
  history(
    texts?: readonly string[],
    keeps?: (entry: HistoryEntry, chars: number) => boolean,
  ): Promise<HistoryEntry[]>;
  /** The last facts of a range, at most `factsMax`. `fromMs` is `sinceMs` if all of it fits. */
  windowWithin(
    factsMax: number,
    range?: { readonly sinceMs?: number; readonly untilMs?: number },
  ): Promise<{ readonly fromMs: number }>;
}
