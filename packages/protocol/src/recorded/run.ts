/** A whole recorded run: what is known when it starts, and what a reader gathers of it. */

import type { TraceLevel } from './facts.ts';

/** `run.json`, written when the run starts. */
export interface RunInfo {
  /** Of the format of all files of the run. */
  readonly version: number;
  /** The cluster's name. */
  readonly name: string;
  /** Name of the run's directory. */
  readonly run: string;
  readonly startedAt: string;
  readonly seed: string;
  /** Of the process that supervises the cluster. */
  readonly pid: number;
  /** Distinguishes it from a later process with the same number, if the system supports that. */
  readonly processIdentity?: string;
  /** As it was asked for: a ready program's name, a file, or a command. */
  readonly program: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Those that the run began with. */
  readonly nodes: readonly string[];
  /** Whether messages carry vector clocks. */
  readonly vector: boolean;
  readonly trace: TraceLevel;
  /** Where the run's time begins, in true time and in the host's wall time. */
  readonly epoch: { readonly trueMs: number; readonly wallMs: number };
}

export const runVersion = 1;

/** One line of `history.jsonl`: what a client asked, or what came of it. */
export interface HistoryEntry {
  /** From 0, in the order of the file. */
  readonly index: number;
  /**
   * `ok`: answered. `fail`: answered with an error that says that it did certainly not take effect.
   * `info`: it may or may not have taken effect, now or later.
   */
  readonly type: 'invoke' | 'ok' | 'fail' | 'info';
  /** The client. */
  readonly process: string;
  /** Milliseconds of true time since the run's epoch. */
  readonly atMs: number;
  /** Type of the request. */
  readonly f: string;
  /** The body of the request or, on ok, of the answer, without `type` and the message numbers. */
  readonly value: object;
  /** Who was asked. */
  readonly node: string;
  /** Id of the request, such as c1.1.3; null where it never left. */
  readonly message: string | null;
  readonly error?: { readonly code: number | string; readonly text: string };
}
