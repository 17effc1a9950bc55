/**
 * The latest facts that match a filter, from the end of a recording. The time this takes depends on how
 * far back they are, not on the size of the recording.
 *
 * Reads a window at the end, and a window many times as long if that did not hold enough. The result
 * equals that of reading everything: the facts of a window are the last of all facts. Where a fate may
 * be missing because it follows from earlier records, the facts up to that point do not count.
 */
import type { TraceEvent } from '@faultline/protocol';
import { readFacts } from './facts.ts';
import { type FactFilter, factFilter, isOfAll, recordFilter } from './filter.ts';
import type { RecordView } from './format/record-view.ts';
import { listSeries, routerSeries, spanOf } from './series.ts';

export interface LatestOptions {
  readonly filter: FactFilter;
  readonly limit: number;
  /** How long the first window is, in ms. Default: 100. */
  readonly windowMs?: number;
}

export interface LatestFacts {
  /** Oldest first. */
  readonly facts: readonly TraceEvent[];
  /** Ids of the rules that were in force within the window. */
  readonly rules: ReadonlySet<string>;
  /** The window's beginning, true time: `readFacts` with it gives these facts as the last ones. */
  readonly fromMs: number;
}

const firstWindowMs = 100;
const windowGrowth = 16;
/** How many messages of a window are remembered; above that, everything is read. */
const messagesMax = 200_000;

/** Throws NOT_FOUND where there is no such directory. */
export async function readLatest(dir: string, options: LatestOptions): Promise<LatestFacts> {
  const { beganMs, endMs } = await spanOfRun(dir);
  const { windowMs: firstMs = firstWindowMs } = options;
  for (let windowMs = firstMs; ; windowMs *= windowGrowth) {
    const fromMs = endMs - windowMs;
    const isAll = !(fromMs > beganMs);
    const found = await readWindow(dir, isAll ? Number.NEGATIVE_INFINITY : fromMs, options);
    if (found.isCertain || isAll) return found;
  }
}

async function readWindow(
  dir: string,
  fromMs: number,
  { filter, limit }: LatestOptions,
): Promise<LatestFacts & { readonly isCertain: boolean }> {
  const accepts = factFilter(filter);
  const isAll = fromMs === Number.NEGATIVE_INFINITY;
  let doubtMs = Number.NEGATIVE_INFINITY;
  const doubt = (atMs: number): void => {
    doubtMs = Math.max(doubtMs, atMs);
  };
  const rules = new Set<string>();
  const messages = new Set<string>();
  const asksForMessages = !isAll && filter.facts === true && !isOfAll(filter);
  const facts: TraceEvent[] = [];
  const all = readFacts(dir, {
    from: filter.facts ? 'all' : 'router',
    fromMs,
    // A reception counts only if the filter accepts its message, so that must be known.
    ...(asksForMessages ? {} : { wants: recordFilter(filter) }),
    ...(isAll ? {} : { onDoubt: doubt }),
  });
  for await (const batch of all) {
    for (const fact of batch) {
      if (fact.kind === 'rule') rules.add(fact.id);
      const isAccepted = accepts(fact);
      if (asksForMessages) {
        if (fact.kind === 'fate') messages.add(fact.id);
        const isAboutOne = fact.kind === 'receive' || fact.kind === 'handled';
        if (isAboutOne && !isAccepted && !messages.has(fact.id)) doubt(fact.atMs);
      }
      if (!isAccepted) continue;
      facts.push(fact);
      if (facts.length > 2 * limit) facts.splice(0, facts.length - limit);
    }
    if (messages.size > messagesMax) return { facts, rules, fromMs, isCertain: false };
  }
  const latest = facts.slice(-limit);
  const { sinceMs = Number.NEGATIVE_INFINITY } = filter;
  const isEnough = latest.length === limit && latest.every(({ atMs }) => atMs > doubtMs);
  // Only the changes of all rules show that a rule never existed.
  const { rule } = filter;
  const isRuleKnown = rule === undefined || latest.length > 0 || rules.has(rule);
  const isCertain = isEnough || (fromMs <= sinceMs && doubtMs < sinceMs && isRuleKnown);
  return { facts: latest, rules, fromMs, isCertain };
}

/** A part of a recording: all of its facts from a moment on. */
export interface Window {
  /** True time; -Infinity: the whole recording. */
  readonly fromMs: number;
  /** How many there are. */
  readonly facts: number;
}

const windowShrinksMax = 16;

/** True time, both ends included. Default: all of it. */
export interface Range {
  readonly sinceMs?: number | undefined;
  readonly untilMs?: number | undefined;
}

/**
 * The last facts of a range: at most `factsMax`, and at least a quarter of that if there are enough. A large
 * fact of a program counts as several. `fromMs` is `sinceMs` where the whole range fits. Throws NOT_FOUND.
 */
export async function windowWithin(
  dir: string,
  factsMax: number,
  { sinceMs = Number.NEGATIVE_INFINITY, untilMs = Number.POSITIVE_INFINITY }: Range = {},
): Promise<Window> {
  const { beganMs: recordedMs } = await spanOfRun(dir);
  const beganMs = Math.max(recordedMs, sinceMs);
  const endMs = Math.min(untilMs, await endOfFacts(dir));
  let best: Window | undefined;
  for (let windowMs = 1000; ; windowMs *= 4) {
    const isAll = !(endMs - windowMs > beganMs);
    const fromMs = isAll ? sinceMs : endMs - windowMs;
    const facts = await countFacts(dir, { sinceMs: fromMs, untilMs }, factsMax);
    if (facts > factsMax) break;
    best = { fromMs, facts };
    if (isAll) return best;
  }
  for (let shrinks = 1; best === undefined && shrinks <= windowShrinksMax; shrinks++) {
    const fromMs = endMs - 1000 / 4 ** shrinks;
    const facts = await countFacts(dir, { sinceMs: fromMs, untilMs }, factsMax);
    if (facts <= factsMax) best = { fromMs, facts };
  }
  // Too many facts at one moment: no part of them is better than another.
  return best ?? { fromMs: endMs === untilMs ? untilMs : Number.POSITIVE_INFINITY, facts: 0 };
}

/** A program's fact takes some bytes of memory for each of its own; other facts are of similar size. */
const largeBytes = 256;

/** Stops above `max`. */
async function countFacts(
  dir: string,
  { sinceMs: fromMs, untilMs }: Required<Range>,
  max: number,
): Promise<number> {
  let count = 0;
  // The first fact after the range ends the count: facts come in order.
  const wants = ({ kind, atMs, bytes }: RecordView): boolean => {
    if (atMs > untilMs) return true;
    count += kind === 'local' ? 1 + Math.floor(bytes / largeBytes) : 1;
    return count > max;
  };
  const options = { fromMs, wants, vectors: false, losesOf: () => false, onDoubt: () => {} };
  for await (const _ of readFacts(dir, options)) break;
  return count;
}

/** True time of the last fact; -Infinity where there is none. Throws NOT_FOUND. */
export async function endOfFacts(dir: string, from: 'all' | 'router' = 'all'): Promise<number> {
  let endMs = Number.NEGATIVE_INFINITY;
  for (const [name, numbers] of await listSeries(dir)) {
    const isAsked = from === 'all' || name === routerSeries;
    const span = isAsked ? await spanOf(dir, name, numbers) : undefined;
    if (span !== undefined) endMs = Math.max(endMs, span.endMs);
  }
  return endMs;
}

/** Of its router, which records all messages. */
async function spanOfRun(dir: string): Promise<{ beganMs: number; endMs: number }> {
  const numbers = (await listSeries(dir)).get(routerSeries) ?? [];
  const span = await spanOf(dir, routerSeries, numbers);
  return span ?? { beganMs: Number.POSITIVE_INFINITY, endMs: Number.POSITIVE_INFINITY };
}
