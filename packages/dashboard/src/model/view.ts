/**
 * The lines that show a range of time, at most `linesMax`. If there are more copies than
 * that, one line stands for those of a link that were sent in the same bucket of time: the one that took
 * longest, with their count. Unusual copies are lines of their own, up to half of `linesMax`; above it
 * every n-th is drawn, and the view says of how many.
 */
import type { Copies } from './copies.ts';
import type { Link, Links } from './links.ts';
import type { TimeRange } from './row-groups.ts';

/** A line for each entry. Transferred from the worker, so all of it is typed arrays. */
export interface View extends TimeRange {
  readonly lines: number;
  /** Relative to `fromMs`, so that single precision is enough. Infinite: still on its way. */
  readonly sent: Float32Array;
  readonly end: Float32Array;
  /** Numbers of words. */
  readonly src: Uint32Array;
  readonly dest: Uint32Array;
  readonly type: Uint32Array;
  /** Index into `copyStatuses`. */
  readonly status: Uint8Array;
  readonly row: Int32Array;
  /** How many copies the line stands for. */
  readonly count: Uint32Array;
  /** Copies of the first status that lines stand for. */
  readonly usual: number;
  /** Whether each copy has a line of its own. */
  readonly isWhole: boolean;
  readonly unusual: number;
  readonly unusualShown: number;
}

export function viewOf(links: Links, range: TimeRange, linesMax: number): View {
  const all = [...links.all()];
  const lines = new Lines(links.copies, range, linesMax + bucketsMin * all.length);
  const unusual = sum(all.map((link) => link.unusual.countIn(range)));
  const step = Math.max(1, Math.ceil(unusual / (linesMax / 2)));
  addUnusual(lines, all, range, step);
  const unusualShown = lines.length;
  const usual = sum(all.map((link) => link.all.countIn(range))) - unusual;
  const room = linesMax - lines.length;
  const isWhole = usual <= room;
  if (isWhole) addUsual(lines, all, range);
  else addBuckets(lines, all, range, Math.max(bucketsMin, Math.floor(room / all.length)));
  return lines.view({ usual, isWhole: isWhole && step === 1, unusual, unusualShown });
}

/** However many links there are. */
const bucketsMin = 16;

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

function addUnusual(lines: Lines, all: readonly Link[], range: TimeRange, step: number): void {
  let count = 0;
  for (const link of all) {
    link.unusual.eachIn(range, (row) => {
      if (count++ % step === 0) lines.add(link, row, 1);
    });
  }
}

function addUsual(lines: Lines, all: readonly Link[], range: TimeRange): void {
  for (const link of all) {
    link.all.eachIn(range, (row) => {
      if (!link.isUnusual(row)) lines.add(link, row, 1);
    });
  }
}

function addBuckets(lines: Lines, all: readonly Link[], range: TimeRange, buckets: number): void {
  const bucketMs = (range.toMs - range.fromMs) / buckets;
  const counts = new Uint32Array(buckets);
  const slowest = new Int32Array(buckets);
  const slowestMs = new Float64Array(buckets);
  for (const link of all) {
    counts.fill(0);
    slowestMs.fill(Number.NEGATIVE_INFINITY);
    link.all.eachSummaryIn(range, bucketMs, (row, count) => {
      const sentMs = lines.copies.sentMs(row);
      const at = Math.floor((sentMs - range.fromMs) / bucketMs);
      const bucket = Math.max(0, Math.min(buckets - 1, at));
      counts[bucket]! += count;
      const tookMs = lines.copies.endMs(row) - sentMs;
      if (tookMs <= slowestMs[bucket]!) return;
      slowestMs[bucket] = tookMs;
      slowest[bucket] = row;
    });
    for (const [bucket, count] of counts.entries()) {
      if (count > 0) lines.add(link, slowest[bucket]!, count);
    }
  }
}

class Lines {
  readonly copies: Copies;
  readonly #range: TimeRange;
  readonly #sent: Float32Array;
  readonly #end: Float32Array;
  readonly #src: Uint32Array;
  readonly #dest: Uint32Array;
  readonly #type: Uint32Array;
  readonly #status: Uint8Array;
  readonly #row: Int32Array;
  readonly #count: Uint32Array;
  length = 0;

  constructor(copies: Copies, range: TimeRange, room: number) {
    this.copies = copies;
    this.#range = range;
    this.#sent = new Float32Array(room);
    this.#end = new Float32Array(room);
    this.#src = new Uint32Array(room);
    this.#dest = new Uint32Array(room);
    this.#type = new Uint32Array(room);
    this.#status = new Uint8Array(room);
    this.#row = new Int32Array(room);
    this.#count = new Uint32Array(room);
  }

  add(link: Link, row: number, count: number): void {
    if (this.length === this.#row.length) return;
    const at = this.length++;
    this.#sent[at] = this.copies.sentMs(row) - this.#range.fromMs;
    this.#end[at] = this.copies.endMs(row) - this.#range.fromMs;
    this.#src[at] = link.src;
    this.#dest[at] = link.dest;
    this.#type[at] = this.copies.type(row);
    this.#status[at] = this.copies.status(row);
    this.#row[at] = row;
    this.#count[at] = count;
  }

  view(rest: Pick<View, 'usual' | 'isWhole' | 'unusual' | 'unusualShown'>): View {
    const to = this.length;
    return {
      ...this.#range,
      lines: to,
      sent: this.#sent.slice(0, to),
      end: this.#end.slice(0, to),
      src: this.#src.slice(0, to),
      dest: this.#dest.slice(0, to),
      type: this.#type.slice(0, to),
      status: this.#status.slice(0, to),
      row: this.#row.slice(0, to),
      count: this.#count.slice(0, to),
      ...rest,
    };
  }
}
