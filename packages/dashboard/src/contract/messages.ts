/**
 * What the server sends to the page beside tables: text frames of JSON. The page answers each chunk with the
 * number of bytes of chunks that it has read in all, as text. The server sends
 * words before the first chunk that uses them, and rows at most `framesPerSecond` times a second. It
 * waits for acknowledgements once `unacknowledgedBytesMax` are on their way, so a slow page costs
 * no memory: what it has not read yet stays in the recording, and `behindMs` says how old
 * its newest rows are.
 */
import type { ClusterEvent } from '@faultline/actions';
import type { HistoryEntry, RunInfo } from '@faultline/protocol';

export const streamPath = '/v1/page/stream';
/** `?message=ID`: the explanation of a message. */
export const whyPath = '/v1/page/why';
export interface Explained {
  /** In words, a sentence or a few each. */
  readonly lines: readonly string[];
}
export const framesPerSecond = 20;
export const unacknowledgedBytesMax = 16 * 1024 * 1024;

export type FromServer =
  /** The first message. */
  | { readonly is: 'run'; readonly run: RunInfo; readonly isLive: boolean }
  /** Words from this number on. */
  | { readonly is: 'words'; readonly from: number; readonly words: readonly string[] }
  | { readonly is: 'events'; readonly events: readonly ClusterEvent[] }
  | { readonly is: 'history'; readonly entries: readonly HistoryEntry[] }
  /** Everything recorded so far was sent. */
  | { readonly is: 'caughtUp' }
  /** `nowMs`: true time since the run began, when this was sent. */
  | { readonly is: 'progress'; readonly nowMs: number; readonly behindMs: number }
  /** The run is over, and everything of it was sent. */
  | { readonly is: 'over' };
