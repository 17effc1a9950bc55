/** What the page and its worker say to each other. The worker holds the recording; the page draws it. */
import type { ClusterEvent } from '@faultline/actions';
import type { RunInfo } from '@faultline/protocol';
import type { View } from '../model/view.ts';

export type ToWorker =
  /** `url`: of the stream, with its token. */
  | { readonly do: 'connect'; readonly url: string }
  | {
      readonly do: 'view';
      readonly fromMs: number;
      readonly toMs: number;
      readonly linesMax: number;
    }
  /** Everything about one copy. */
  | { readonly do: 'copy'; readonly row: number };

/**
 * `connecting`: for the first time, or again. `ended`: the run is over, and all of it is here.
 */
export type Connection = 'connecting' | 'live' | 'ended' | 'lost';

/** What is known as a whole, at most ten times a second. */
export interface Progress {
  /** Words: the senders and receivers of messages. */
  readonly members: readonly number[];
  readonly copies: number;
  /** Those that can no longer be drawn, because newer ones took their place. */
  readonly dropped: number;
  /** Of the first sending and of the latest fact; both 0 while there is nothing. */
  readonly fromMs: number;
  readonly toMs: number;
  /** True time since the run began; null: it is over. */
  readonly nowMs: number | null;
  /** How old the newest rows are. */
  readonly behindMs: number;
}

export interface Copy {
  readonly row: number;
  readonly id: string;
  readonly copy: number;
  readonly src: string;
  readonly dest: string;
  readonly type: string;
  readonly status: number;
  /** As the protocol names it. */
  readonly fate: string;
  readonly rules: readonly string[];
  readonly bodyBytes: number;
  /** NaN: it did not happen, or is not known. */
  readonly sentMs: number;
  readonly atMs: number;
  readonly receivedMs: number;
  readonly handledMs: number;
  readonly lamport: number;
  readonly receivedLamport: number;
  /** What the receiver did with it; null: it was not received. */
  readonly did: string | null;
}

export type FromWorker =
  | { readonly is: 'run'; readonly run: RunInfo; readonly isLive: boolean }
  | { readonly is: 'connection'; readonly connection: Connection }
  | { readonly is: 'words'; readonly words: readonly string[] }
  | { readonly is: 'events'; readonly events: readonly ClusterEvent[] }
  | { readonly is: 'progress'; readonly progress: Progress }
  | { readonly is: 'view'; readonly view: View }
  | { readonly is: 'copy'; readonly copy: Copy | null };
