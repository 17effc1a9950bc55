/** A whole run in memory. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { ClusterEvent } from '@faultline/actions';
import type { HistoryEntry, RunInfo, TraceEvent } from '@faultline/protocol';
import { type FactsOptions, readFacts } from './facts.ts';
import { isRunOver } from './life.ts';
import { upToDate } from './older-events.ts';
import { readInfo } from './run-info.ts';

export interface RecordedRun {
  readonly run: RunInfo;
  /** By time; those of one process in the order in which it wrote them. */
  readonly facts: readonly TraceEvent[];
  readonly events: readonly ClusterEvent[];
  readonly history: readonly HistoryEntry[];
}

/** A recording whose `run.json` was read, and how to read the rest. */
export interface RunFiles {
  readonly dir: string;
  readonly run: RunInfo;
  /** Whether nobody writes to it any more. */
  isOver(): Promise<boolean>;
  facts(options?: FactsOptions): AsyncGenerator<TraceEvent[]>;
  /** In the order in which they happened. */
  events(): Promise<ClusterEvent[]>;
  history(): Promise<HistoryEntry[]>;
}

/** Throws NOT_FOUND, or BAD_RECORDING with a line that says why it cannot be used. */
export async function openRun(dir: string): Promise<RunFiles> {
  const run = await readInfo(dir);
  return {
    dir,
    run,
    isOver: () => isRunOver(dir),
    facts: (options) => readFacts(dir, options),
    async events() {
      const events = await readLines<ClusterEvent>(join(dir, 'events.jsonl'));
      return events.map(upToDate);
    },
    history: () => readLines<HistoryEntry>(join(dir, 'history.jsonl')),
  };
}

/**
 * All of it. A message takes about a kilobyte of memory: who can do with one fact after the other
 * takes `readFacts`. Throws NOT_FOUND, BAD_RECORDING.
 */
export async function readRun(dir: string): Promise<RecordedRun> {
  const files = await openRun(dir);
  const facts: TraceEvent[] = [];
  for await (const batch of files.facts()) for (const fact of batch) facts.push(fact);
  const [events, history] = await Promise.all([files.events(), files.history()]);
  return { run: files.run, facts, events, history };
}

/** The lines of a file that are JSON objects, torn ones left out; none where there is no file. */
async function readLines<T extends object>(path: string): Promise<T[]> {
  const values: T[] = [];
  let rest = '';
  const take = (line: string): void => {
    try {
      const value: unknown = JSON.parse(line);
      if (typeof value === 'object' && value !== null) values.push(value as T);
    } catch {
      // Torn by a crash.
    }
  };
  try {
    for await (const text of createReadStream(path, { encoding: 'utf8' })) {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      for (const line of lines) take(line);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return values;
}
