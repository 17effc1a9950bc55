/** A whole run in memory. */
import { join } from 'node:path';
import type { ClusterEvent } from '@faultline/actions';
import type { HistoryEntry, RunInfo, TraceEvent } from '@faultline/protocol';
import { type FactsOptions, readFacts } from './facts.ts';
import { FollowedLines, linesNow, readLines } from './json-lines.ts';
import {
  endOfFacts,
  type LatestFacts,
  type LatestOptions,
  type Range,
  readLatest,
  type Window,
  windowWithin,
} from './latest.ts';
import { isRunOver } from './life.ts';
import { upToDate } from './older-events.ts';
import { readInfo } from './run-info.ts';
import { beginningOfRouter, listSeries } from './series.ts';

export interface RecordedRun {
  readonly run: RunInfo;
  /** By time; those of one process in the order in which it wrote them. */
  readonly facts: readonly TraceEvent[];
  readonly events: readonly ClusterEvent[];
  readonly history: readonly HistoryEntry[];
}

/** A recording whose `run.json` was read, with methods that read the rest. */
export interface RunFiles {
  readonly dir: string;
  readonly run: RunInfo;
  /** Whether no process writes to it any more. */
  isOver(): Promise<boolean>;
  facts(options?: FactsOptions): AsyncGenerator<TraceEvent[]>;
  /** The latest facts that match a filter, however long the recording is. */
  latest(options: LatestOptions): Promise<LatestFacts>;
  /** The last facts of a range: at most `factsMax`, and at least a quarter of that if there are enough. */
  windowWithin(factsMax: number, range?: Range): Promise<Window>;
  /** Names of the series: '' is the router's, and n1.2 that of the second incarnation of n1. */
  series(): Promise<string[]>;
  /** True time of the last fact; -Infinity if there is none. */
  endMs(from?: 'all' | 'router'): Promise<number>;
  /** In the order in which they happened; if `texts` are given, only lines that contain one of them. */
  events(texts?: readonly string[]): Promise<ClusterEvent[]>;
  /** `keeps`: decides which entries stay in memory, given the length of the line. */
  history(
    texts?: readonly string[],
    keeps?: (entry: HistoryEntry, chars: number) => boolean,
  ): Promise<HistoryEntry[]>;
  /** All events, one at a time, read on demand. */
  eventEntries(): Generator<ClusterEvent>;
  /** The whole history, one entry at a time, read on demand. */
  historyEntries(): Generator<HistoryEntry>;
  /** Events and history from the beginning; each call of `next` returns those that are new. */
  follow(): FollowedRun;
  /** The messages that the size limit has removed; undefined: none. */
  removed(): Promise<RemovedPart | undefined>;
}

export interface FollowedRun {
  /** Both empty: nothing is new for now. */
  next(): Promise<{
    readonly events: readonly ClusterEvent[];
    readonly entries: readonly HistoryEntry[];
  }>;
}

/** Throws NOT_FOUND, or BAD_RECORDING with the reason why it cannot be used. */
export async function openRun(dir: string): Promise<RunFiles> {
  const run = await readInfo(dir);
  const eventsFile = join(dir, 'events.jsonl');
  const historyFile = join(dir, 'history.jsonl');
  return {
    dir,
    run,
    isOver: () => isRunOver(dir),
    facts: (options) => readFacts(dir, options),
    latest: (options) => readLatest(dir, options),
    windowWithin: (factsMax, range) => windowWithin(dir, factsMax, range),
    endMs: (from) => endOfFacts(dir, from),
    series: async () => [...(await listSeries(dir)).keys()],
    events,
    history: (texts, keeps) => readLines(historyFile, texts, keeps),
    eventEntries,
    historyEntries: () => linesNow(historyFile),
    follow() {
      const events = new FollowedLines<ClusterEvent>(join(dir, 'events.jsonl'));
      const history = new FollowedLines<HistoryEntry>(historyFile);
      return {
        async next() {
          const [newEvents, entries] = await Promise.all([events.next(), history.next()]);
          return { events: newEvents.map(upToDate), entries };
        },
      };
    },
    removed: async () => removedPart(run, await beginningOfRouter(dir), await events([discarded])),
  };
  async function events(texts?: readonly string[]): Promise<ClusterEvent[]> {
    return (await readLines<ClusterEvent>(eventsFile, texts)).map(upToDate);
  }
  function* eventEntries(): Generator<ClusterEvent> {
    for (const event of linesNow<ClusterEvent>(eventsFile)) yield upToDate(event);
  }
}

const discarded = 'trace.discarded';

export interface RemovedPart {
  /** Everything earlier was removed, in ms since the run began; null: unknown. */
  readonly untilMs: number | null;
  /** The amount removed; null: unknown. */
  readonly bytes: number | null;
}

/** The router's files show what is left; events report how much was removed, unless they are gone. */
function removedPart(
  { epoch }: RunInfo,
  { isWhole, beganMs }: { readonly isWhole: boolean; readonly beganMs: number | undefined },
  events: readonly ClusterEvent[],
): RemovedPart | undefined {
  if (isWhole) return undefined;
  const bytes = events.reduce((sum, { kind, node, facts }) => {
    const isRouters = kind === discarded && node === null && 'bytes' in facts;
    return isRouters ? sum + facts.bytes : sum;
  }, 0);
  return {
    untilMs: beganMs === undefined ? null : beganMs - epoch.trueMs,
    bytes: bytes === 0 ? null : bytes,
  };
}

/** In words: `the size limit has removed everything recorded before +12.346s, 134.2 MB`. */
export function removedInWords({ untilMs, bytes }: RemovedPart): string {
  const until = untilMs === null ? '' : ` before +${(untilMs / 1000).toFixed(3)}s`;
  const size = bytes === null ? '' : `, ${(bytes / 1e6).toFixed(1)} MB`;
  return `the size limit has removed everything recorded${until}${size}`;
}

/**
 * The whole run. A message takes about a kilobyte of memory: to process one fact at a time, use
 * `readFacts`. Throws NOT_FOUND, BAD_RECORDING.
 */
export async function readRun(dir: string): Promise<RecordedRun> {
  const files = await openRun(dir);
  const facts: TraceEvent[] = [];
  for await (const batch of files.facts()) for (const fact of batch) facts.push(fact);
  const [events, history] = await Promise.all([files.events(), files.history()]);
  return { run: files.run, facts, events, history };
}
