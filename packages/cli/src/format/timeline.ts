/**
 * The events, faults and operations of a run in one order. A fault has a line where it begins and one
 * where it ends; an operation has one where it was invoked, with its outcome.
 */
import { type ClusterEvent, eventText, isQuiet } from '@faultline/actions';
import { faultIntervals } from '@faultline/experiment';
import { type HistoryEntry, parseDuration, printable, roundedDuration } from '@faultline/protocol';
import { LatestWithin } from '../latest-within.ts';
import { timeOf } from './event.ts';

export interface TimelineEntry {
  /** Milliseconds of true time since the run began. */
  readonly atMs: number;
  readonly what: 'event' | 'fault' | 'operation';
  /** The node, the client, `cluster` or `fault`. */
  readonly who: string;
  readonly text: string;
  /** The id of an operation's message, once that left the client. */
  readonly message?: string;
}

export interface TimelineOptions {
  /** Since the run began, such as 1.5s. */
  readonly from?: string;
  readonly to?: string;
  /** Of memory, in characters. Default: as much as the run takes. */
  readonly charsMax?: number;
}

export interface Timeline {
  readonly entries: TimelineEntry[];
  /** Milliseconds since the run began: everything up to then did not fit. Null: nothing was omitted. */
  readonly cutMs: number | null;
}

/** An entry takes memory beside its text. */
const entryChars = 100;

/** Entries are taken one at a time. Throws BAD_DURATION. */
export function timeline(
  events: Iterable<ClusterEvent>,
  history: Iterable<HistoryEntry>,
  { from, to, charsMax = Number.POSITIVE_INFINITY }: TimelineOptions = {},
): Timeline {
  const fromMs = from === undefined ? Number.NEGATIVE_INFINITY : parseDuration(from);
  const toMs = to === undefined ? Number.POSITIVE_INFINITY : parseDuration(to);
  const isThen = ({ atMs }: { readonly atMs: number }): boolean => atMs >= fromMs && atMs <= toMs;
  // Faults follow from events before the range, too.
  const eventsUntil = new LatestWithin<ClusterEvent>(charsMax);
  for (const event of events) {
    if (event.atMs > toMs) continue;
    eventsUntil.add(event, entryChars + JSON.stringify(event.facts).length);
  }
  const known = eventsUntil.result();
  const latest = new LatestWithin<TimelineEntry>(charsMax);
  const show = (entry: TimelineEntry): void => {
    if (isThen(entry)) latest.add(entry, entryChars + entry.text.length);
  };
  for (const entry of [...ofEvents(known.entries), ...ofFaults(known.entries)]) show(entry);
  for (const entry of ofOperations(history, isThen)) show(entry);
  const { entries, cutMs } = latest.result();
  const leftOutMs = Math.max(
    ...[known.cutMs, cutMs].map((each) => each ?? Number.NEGATIVE_INFINITY),
  );
  const isCut = leftOutMs > Number.NEGATIVE_INFINITY && leftOutMs >= fromMs;
  return {
    entries: entries.filter(({ atMs }) => atMs > leftOutMs),
    cutMs: isCut ? leftOutMs : null,
  };
}

export const timelineLine = (entry: TimelineEntry): string => {
  const { who, text, message } = entry;
  const id = message === undefined ? '' : `  (${message})`;
  return printable(`${timeOf(entry)}  ${who.padEnd(8)}${text}${id}`);
};

const ofEvents = (events: readonly ClusterEvent[]): TimelineEntry[] =>
  events
    .filter((event) => !isQuiet(event))
    .map((event) => ({
      atMs: event.atMs,
      what: 'event',
      who: event.node ?? 'cluster',
      text: eventText(event),
    }));

const ofFaults = (events: readonly ClusterEvent[]): TimelineEntry[] =>
  faultIntervals(events).flatMap(({ fromMs, toMs, what }): TimelineEntry[] => {
    const fault = { what: 'fault', who: 'fault' } as const;
    const begins: TimelineEntry = { ...fault, atMs: fromMs, text: `begins: ${what}` };
    if (toMs === null) return [begins];
    const text = `over after ${roundedDuration(toMs - fromMs)}: ${what}`;
    return [begins, { ...fault, atMs: toMs, text }];
  });

/** Those that were invoked then. */
function* ofOperations(
  history: Iterable<HistoryEntry>,
  isThen: (invoked: HistoryEntry) => boolean,
): Generator<TimelineEntry> {
  const open = new Map<string, HistoryEntry | null>();
  for (const entry of history) {
    const { type, message, process, node, f } = entry;
    // An operation that was not sent has no message.
    const unsent = `${process} ${node} ${f}`;
    const name = message ?? unsent;
    if (type === 'invoke') {
      open.set(name, isThen(entry) ? entry : null);
      continue;
    }
    const key = open.has(name) ? name : unsent;
    const invoked = open.get(key);
    open.delete(key);
    if (invoked) yield operation(invoked, entry);
  }
  for (const invoked of open.values()) if (invoked) yield operation(invoked, null);
}

function operation(invoked: HistoryEntry, end: HistoryEntry | null): TimelineEntry {
  const { process, f, value, node, atMs } = invoked;
  const message = end?.message ?? invoked.message;
  return {
    atMs,
    what: 'operation',
    who: process,
    text: `${f}${fieldsOf(value)} at ${node}: ${outcome(invoked, end)}`,
    ...(message === null ? {} : { message }),
  };
}

function outcome({ atMs }: HistoryEntry, end: HistoryEntry | null): string {
  if (end === null) return 'no answer by the end of the recording';
  const after = `after ${roundedDuration(Math.max(0, end.atMs - atMs))}`;
  if (end.type === 'ok') return `ok${fieldsOf(end.value)} ${after}`;
  const why = end.error === undefined ? '' : `: ${end.error.text}`;
  return `${end.type === 'fail' ? 'failed' : 'unknown'} ${after}${why}`;
}

const fieldsOf = (value: object): string =>
  Object.entries(value)
    .map(([name, field]) => ` ${name}=${JSON.stringify(field)}`)
    .join('');
