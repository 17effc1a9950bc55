/**
 * A run, or the part of it between two moments, in as much memory as the caller allows. A recording that
 * fits is read as a whole. Of one that does not, the part has every message that was sent in it, with all
 * that became of it later: its receptions, its answer, the end of its handlers.
 *
 * What is earlier than the part is there as far as the part depends on it: rules in force, members that
 * had joined, and a second of messages, whose handlers may still be at work.
 */
import type { HistoryEntry, TraceEvent } from '@faultline/protocol';
import { RunBuilder } from './builder.ts';
import { knowNodes } from './from-files/nodes.ts';
import type { Run } from './run.ts';
import { SeenMessages } from './seen-messages.ts';
import type { RunSource, SeenRecord } from './source.ts';

export interface PartLimits {
  readonly factsMax: number;
  /** Of lines of the clients' history. */
  readonly historyCharsMax: number;
  /** Read beyond the range: a message reaches the router some time after it was sent, and a handler works for some time. Default: a second. */
  readonly marginMs?: number;
}

/** True time, both ends included. */
export interface PartRange {
  readonly sinceMs: number;
  readonly untilMs: number;
}

export interface Part {
  readonly run: Run;
  /** Whether the run is the whole recording, whatever was requested. */
  readonly isWhole: boolean;
  /** True time: earlier parts of the requested range did not fit. Null: all of it is present. */
  readonly cutMs: number | null;
}

const marginMsDefault = 1000;

/** Omits bodies. `rangeOf` is called if the whole recording does not fit. */
export async function partFromFiles(
  files: RunSource,
  rangeOf: () => Promise<PartRange>,
  { factsMax, historyCharsMax, marginMs = marginMsDefault }: PartLimits,
): Promise<Part> {
  const [{ fromMs: allFromMs }, historyChars] = await Promise.all([
    files.windowWithin(factsMax),
    charsOfHistory(files),
  ]);
  const historyFits = historyChars.sum <= historyCharsMax;
  if (allFromMs === Number.NEGATIVE_INFINITY && historyFits) {
    return { run: await wholeRun(files), isWhole: true, cutMs: null };
  }
  const range = await rangeOf();
  const { fromMs } = await files.windowWithin(factsMax, range);
  const historyMs = historyFits ? range.sinceMs : historyChars.since(historyCharsMax, range);
  const sinceMs = Math.max(fromMs, historyMs, range.sinceMs);
  const run = await runBetween(files, { ...range, sinceMs }, marginMs);
  return { run, isWhole: false, cutMs: sinceMs > range.sinceMs ? sinceMs : null };
}

async function wholeRun(files: RunSource): Promise<Run> {
  const builder = new RunBuilder(files.run, { keepBodies: false });
  for await (const batch of files.facts({ from: () => true, vectors: false })) builder.add(batch);
  const [events, history] = await Promise.all([files.events(), files.history()]);
  return builder.finish(events, history);
}

const bucketMs = 100;

/** The length of the history, and how it is distributed over time. */
async function charsOfHistory(files: RunSource) {
  const startMs = files.run.epoch.trueMs;
  const buckets = new Map<number, number>();
  let sum = 0;
  await files.history(undefined, ({ atMs }, chars) => {
    const bucket = Math.floor(atMs / bucketMs);
    buckets.set(bucket, (buckets.get(bucket) ?? 0) + chars);
    sum += chars;
    return false;
  });
  return {
    sum,
    /** True time from which on no more than `charsMax` are in the range. */
    since(charsMax: number, { sinceMs, untilMs }: PartRange): number {
      let left = charsMax;
      for (const [bucket, chars] of [...buckets].sort(([a], [b]) => b - a)) {
        const beganMs = startMs + bucket * bucketMs;
        if (beganMs > untilMs) continue;
        if (beganMs + bucketMs < sinceMs) break;
        left -= chars;
        if (left < 0) return beganMs + bucketMs;
      }
      return sinceMs;
    },
  };
}

async function runBetween(
  files: RunSource,
  { sinceMs, untilMs }: PartRange,
  marginMs: number,
): Promise<Run> {
  const fromMs = sinceMs - marginMs;
  const sent = await sentBetween(files, fromMs, untilMs + marginMs);
  const builder = new RunBuilder(files.run, { keepBodies: false });
  await knowNodes(files, builder);
  builder.add(await changesBefore(files, fromMs));
  const isWanted = (record: SeenRecord): boolean => {
    switch (record.kind) {
      case 'fate':
      case 'receive':
      case 'handled':
        return sent.has(record.src, record.incarnation, record.seq);
      case 'local':
        return record.atMs <= untilMs;
      default:
        return true;
    }
  };
  const facts = files.facts({
    ...{ from: () => true, vectors: false, fromMs, onDoubt: () => {}, wants: isWanted },
  });
  for await (const batch of facts) {
    // Fates that no router could write are reported without being requested.
    builder.add(
      batch.filter(
        (fact) => fact.kind !== 'fate' || sent.has(fact.src, fact.incarnation, fact.seq),
      ),
    );
  }
  const startMs = files.run.epoch.trueMs;
  const open = new Set<string>();
  const isThen = ({ type, message, atMs }: HistoryEntry): boolean => {
    if (message === null) return false;
    const trueMs = startMs + atMs;
    if (type !== 'invoke') return open.delete(message);
    if (trueMs < fromMs || trueMs > untilMs) return false;
    open.add(message);
    return true;
  };
  const [events, history] = await Promise.all([files.events(), files.history(undefined, isThen)]);
  return builder.finish(events, history);
}

/** The messages that reached the router between two moments, and later answers to them. */
async function sentBetween(
  files: RunSource,
  fromMs: number,
  untilMs: number,
): Promise<SeenMessages> {
  const sent = new SeenMessages();
  const open = new OpenRequests();
  const see = (record: SeenRecord): boolean => {
    if (record.kind !== 'fate') return false;
    if (untilMs === Number.POSITIVE_INFINITY) {
      sent.isNew(record.src, record.incarnation, record.seq);
      return false;
    }
    const isThen = record.arrivedMs <= untilMs;
    if (isThen && record.msgId >= 0) open.add(record);
    if ((record.isReply && open.isAnswered(record)) || isThen) {
      sent.isNew(record.src, record.incarnation, record.seq);
    }
    return false;
  };
  const options = {
    from: 'router',
    vectors: false,
    fromMs,
    onDoubt: () => {},
    wants: see,
  } as const;
  for await (const batch of files.facts(options)) {
    for (const fact of batch) {
      if (fact.kind !== 'fate' || fact.arrivedMs > untilMs) continue;
      sent.isNew(fact.src, fact.incarnation, fact.seq);
    }
  }
  return sent;
}

/** Requests that wait for an answer, by who asks whom. */
class OpenRequests {
  readonly #pairs = new Map<string, Set<number>>();

  add({ src, dest, msgId }: SeenRecord): void {
    const pair = `${src} ${dest}`;
    const numbers = this.#pairs.get(pair);
    if (numbers === undefined) this.#pairs.set(pair, new Set([msgId]));
    else numbers.add(msgId);
  }

  isAnswered({ src, dest, inReplyTo }: SeenRecord): boolean {
    return this.#pairs.get(`${dest} ${src}`)?.has(inReplyTo) ?? false;
  }
}

/** Changes of rules, members and routers before a moment. */
async function changesBefore(files: RunSource, beforeMs: number): Promise<TraceEvent[]> {
  const changes: TraceEvent[] = [];
  const wants = ({ kind, atMs }: SeenRecord): boolean =>
    atMs < beforeMs && (kind === 'rule' || kind === 'link' || kind === 'start');
  for await (const batch of files.facts({ from: 'router', losesOf: () => false, wants })) {
    for (const fact of batch) if (fact.kind !== 'fate') changes.push(fact);
  }
  return changes;
}
