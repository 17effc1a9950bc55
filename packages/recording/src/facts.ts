/** The facts of a run in one order, from all of its writers, even while they are writing. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TraceEvent } from '@faultline/protocol';
import { lifeOf } from './life.ts';
import { merge, type Source } from './merge.ts';
import { listSeries, routerSeries, SeriesReader, type Wants } from './series.ts';
import { trueNowMs } from './true-time.ts';

export interface FactsOptions {
  /**
   * Whose facts: those of the router alone are fates, links and rules. A function is called for each
   * series: '' is the router's, and n1.2 that of the second incarnation of n1. Default: all.
   */
  readonly from?: 'all' | 'router' | ((series: string) => boolean);
  /** False: stamps without the vector clocks that messages carried, which are most of the cost of reading. */
  readonly vectors?: boolean;
  /** Skip what each writer recorded before this true time. Default: nothing. */
  readonly fromMs?: number;
  /**
   * With `fromMs`: do not inspect skipped records, although they imply fates that no router could
   * write. Called with the time of each record that may imply such fates; none are reported for it.
   */
  readonly onDoubt?: (atMs: number) => void;
  /** Which records are decoded: inspecting a record costs a fraction of decoding it. Default: all. */
  readonly wants?: Wants;
  /** Whose messages get the fates that no router could write. Default: all. */
  readonly losesOf?: (name: string) => boolean;
  /** Continue with new facts until the run is over. */
  readonly follow?: boolean;
  /** Called once with `follow`, when all existing facts have been returned. */
  readonly onCaughtUp?: () => void;
  readonly signal?: AbortSignal;
}

/** All chunks in memory at a time, of all files together. */
const piecesBytes = 8 * 1024 * 1024;
const pieceBytesMax = 2 * 1024 * 1024;
const pieceBytesMin = 16 * 1024;
const pollMs = 100;

/**
 * Batches of facts. Those of one writer come in the order in which it wrote them; between writers
 * they are ordered by time, with `follow` as far as it is known. They include fates that a killed
 * router could not write (see LossFinder). Torn records, files deleted meanwhile, and files that are
 * not recordings are skipped.
 *
 * While a cluster runs, without `follow`, facts come up to the moment of the call. Every fact comes
 * with its causes: a process writes before any effect leaves it, so by that moment the causes of all
 * earlier facts are in the files, whichever of them is read first. (A
 * consistent cut; Chandy and Lamport, Distributed Snapshots, 1985, section 2.)
 *
 * Throws NOT_FOUND if there is no such directory. Ends when `signal` is aborted.
 */
export async function* readFacts(
  dir: string,
  options: FactsOptions = {},
): AsyncGenerator<TraceEvent[]> {
  const { from = 'all', follow = false, onCaughtUp, signal } = options;
  const { vectors = true, fromMs = Number.NEGATIVE_INFINITY, wants, losesOf, onDoubt } = options;
  const readers = new Map<string, SeriesReader>();
  const calledMs = trueNowMs();
  for (let isFirst = true; ; isFirst = false) {
    // Checked before reading, so that everything a finished run wrote is read.
    const life = await lifeOf(dir);
    const isOver = !follow || life === 'over';
    const untilMs = follow || life !== 'running' ? Number.POSITIVE_INFINITY : calledMs;
    const series = await listSeries(dir);
    if (from !== 'all') {
      const isAsked = from === 'router' ? (name: string) => name === routerSeries : from;
      for (const name of series.keys()) if (!isAsked(name)) series.delete(name);
    }
    const pieceBytes = Math.max(
      pieceBytesMin,
      Math.min(pieceBytesMax, Math.floor(piecesBytes / Math.max(1, series.size))),
    );
    const sources = [...series].map(([name, numbers]): Source => {
      let reader = readers.get(name);
      if (reader === undefined) {
        reader = new SeriesReader(dir, name, { vectors, fromMs, wants, losesOf, onDoubt });
        readers.set(name, reader);
      }
      const known = reader;
      return () => known.next(numbers, pieceBytes);
    });
    let hasNews = false;
    for await (const batch of merge(sources)) {
      if (signal?.aborted) return;
      hasNews = true;
      const known =
        untilMs === Number.POSITIVE_INFINITY ? batch : batch.filter(({ atMs }) => atMs <= untilMs);
      if (known.length > 0) yield known;
    }
    if (isFirst && follow) onCaughtUp?.();
    if (isOver || signal?.aborted) return;
    if (!hasNews) await sleep(pollMs, undefined, { signal }).catch(() => {});
  }
}
