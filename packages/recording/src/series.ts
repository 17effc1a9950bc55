/**
 * The binary files of a run's directory. The files of one writer are a *series*: the router's, and
 * one for each incarnation of a node. A series is read in chunks, from its first existing file to
 * the end of its last one, and continued when it has grown.
 */
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type FateEvent, FaultlineError, type TraceEvent } from '@faultline/protocol';
import { beginningOf } from './format/beginning.ts';
import { TraceReader } from './format/reader.ts';
import type { RecordView } from './format/record-view.ts';
import { LossFinder } from './losses.ts';

/** Name of the router's series; those of nodes are called `n1.1`, after node and incarnation. */
export const routerSeries = '';

/** Numbers of the files by series, in order. Throws NOT_FOUND if there is no such directory. */
export async function listSeries(dir: string): Promise<Map<string, number[]>> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error;
    throw new FaultlineError('NOT_FOUND', `there is no recording at ${dir}`, { dir });
  });
  const series = new Map<string, number[]>();
  for (const fileName of names) {
    const [, name = routerSeries, number] = /^trace-(?:(.+)-)?(\d+)\.bin$/.exec(fileName) ?? [];
    if (number === undefined) continue;
    const numbers = series.get(name);
    if (numbers === undefined) series.set(name, [Number(number)]);
    else numbers.push(Number(number));
  }
  for (const numbers of series.values()) numbers.sort((a, b) => a - b);
  return series;
}

/** Whether a record is wanted. `decode` returns its contents, if its bytes are not enough. */
export type Wants = (record: RecordView, decode: () => TraceEvent | undefined) => boolean;

export interface SeriesOptions {
  /** False: stamps without vector clocks. */
  readonly vectors: boolean;
  /** Skip the records before the first one at or after this true time. */
  readonly fromMs: number;
  /** Which records are decoded. Default: all. */
  readonly wants?: Wants | undefined;
  /** Whose messages' losses are reported. Default: all. */
  readonly losesOf?: ((name: string) => boolean) | undefined;
  /** See `FactsOptions`. */
  readonly onDoubt?: ((atMs: number) => void) | undefined;
}

const none: readonly FateEvent[] = [];

export class SeriesReader {
  readonly name: string;
  readonly #dir: string;
  readonly #options: SeriesOptions;
  #reader: TraceReader;
  #number: number | undefined;
  #offset = 0;
  #isGarbage = false;
  #isSkipping: boolean;
  #losses: LossFinder | undefined;
  /** By word of the file: whether losses of this member are wanted. */
  #loses: (boolean | undefined)[] = [];
  #buffer: Buffer | undefined;
  readonly #now = (): TraceEvent | undefined => this.#reader.decode();
  readonly #keep = (): (() => TraceEvent | undefined) => this.#reader.keep();

  constructor(dir: string, name: string, options: SeriesOptions) {
    this.#dir = dir;
    this.name = name;
    this.#options = options;
    this.#reader = new TraceReader(options);
    this.#isSkipping = options.fromMs > Number.NEGATIVE_INFINITY;
  }

  /**
   * Reads up to `pieceBytes` more; undefined if there is nothing more for now. `numbers`: the files of
   * the series as listed before this call, so that all but the last are complete.
   */
  async next(numbers: readonly number[], pieceBytes: number): Promise<TraceEvent[] | undefined> {
    const skipsFiles = this.name !== routerSeries || this.#options.onDoubt !== undefined;
    if (this.#number === undefined && this.#isSkipping && skipsFiles) {
      const first = firstFileWith(this.#dir, this.name, numbers, this.#options.fromMs);
      if (first !== undefined) this.#open(first, numbers);
    }
    for (;;) {
      if (this.#number === undefined && !this.#advance(numbers)) return undefined;
      const piece = this.#isGarbage ? undefined : await this.#piece(pieceBytes);
      if (piece === undefined) {
        if (!this.#advance(numbers)) return undefined;
        continue;
      }
      const events = this.#decode(piece);
      if (events.length > 0) return events;
    }
  }

  #advance(numbers: readonly number[]): boolean {
    const next = numbers.find((number) => number > (this.#number ?? 0));
    if (next === undefined) return false;
    this.#open(next, numbers);
    return true;
  }

  #open(number: number, numbers: readonly number[]): void {
    this.#number = number;
    this.#offset = 0;
    this.#isGarbage = false;
    this.#reader = new TraceReader(this.#options);
    this.#loses = [];
    if (this.name !== routerSeries || this.#losses !== undefined) return;
    // What an earlier file recorded is not lost just because that file is gone.
    const { fromMs, onDoubt } = this.#options;
    const isWhole = numbers[0] === 1;
    this.#losses = new LossFinder(onDoubt === undefined ? { isWhole } : { fromMs, onDoubt });
  }

  /** Undefined at the end of the file, and if its writer has deleted the file meanwhile. */
  async #piece(bytes: number): Promise<Buffer | undefined> {
    // Earlier chunks are decoded, and nothing refers to their bytes.
    if (this.#buffer?.length !== bytes) this.#buffer = Buffer.allocUnsafeSlow(bytes);
    const path = fileOf(this.#dir, this.name, this.#number!);
    const piece = await pieceOf(path, this.#offset, this.#buffer);
    if (piece === undefined || piece.length === 0) return undefined;
    this.#offset += piece.length;
    return piece;
  }

  #decode(piece: Buffer): TraceEvent[] {
    const events: TraceEvent[] = [];
    const { fromMs, wants, onDoubt } = this.#options;
    try {
      this.#reader.each(piece, (record) => {
        if (this.#isSkipping && record.atMs < fromMs) {
          // Its implications are earlier, too; those of later records depend on it.
          if (onDoubt === undefined) this.#lossesAfter(record);
          return;
        }
        this.#isSkipping = false;
        const losses = this.#lossesAfter(record);
        if (wants === undefined || wants(record, this.#now)) {
          const event = this.#reader.decode();
          if (event !== undefined) events.push(event);
        }
        // A gap may be of any length: no spread into arguments.
        for (const loss of losses) events.push(loss);
      });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // An unrelated file, or one of another version, does not affect the others.
      this.#isGarbage = true;
    }
    return events;
  }

  #lossesAfter(record: RecordView): readonly FateEvent[] {
    const losses = this.#losses;
    if (losses === undefined) return none;
    switch (record.kind) {
      case 'fate':
        if (!this.#losesOf(record) || record.fate === undefined) return none;
        return losses.fate(record, this.#keep);
      case 'start':
        return losses.start(record.atMs);
      case 'link':
        return this.#losesOf(record) ? losses.link(record.src, record) : none;
      default:
        return none;
    }
  }

  #losesOf(record: RecordView): boolean {
    const { losesOf } = this.#options;
    if (losesOf === undefined) return true;
    const { srcWord } = record;
    const known = this.#loses[srcWord];
    if (known !== undefined) return known;
    const isWanted = losesOf(record.src);
    // A damaged file may have any number.
    if (srcWord < 100_000) this.#loses[srcWord] = isWanted;
    return isWanted;
  }
}

const fileOf = (dir: string, series: string, number: number): string =>
  join(dir, `${series === routerSeries ? 'trace' : `trace-${series}`}-${number}.bin`);

/** Undefined where there is no such file. */
async function pieceOf(path: string, offset: number, into: Buffer): Promise<Buffer | undefined> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    const { bytesRead } = await file.read(into, 0, into.length, offset);
    return into.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

const pieceBytes = 2 * 1024 * 1024;

/** The last file that began before this time: all records of its predecessors are earlier still. */
function firstFileWith(
  dir: string,
  series: string,
  numbers: readonly number[],
  fromMs: number,
): number | undefined {
  for (const number of [...numbers].reverse()) {
    const beganMs = beginningOf(fileOf(dir, series, number));
    if (beganMs !== undefined && beganMs < fromMs) return number;
  }
  return numbers[0];
}

/** Whether the router's recording is complete, and when the part that is left begins. */
export async function beginningOfRouter(
  dir: string,
): Promise<{ readonly isWhole: boolean; readonly beganMs: number | undefined }> {
  const numbers = (await listSeries(dir)).get(routerSeries) ?? [];
  const [first = 1] = numbers;
  return { isWhole: first === 1, beganMs: beginningOf(fileOf(dir, routerSeries, first)) };
}

/** True times of the first and the last record of a series; undefined if it has none. */
export async function spanOf(
  dir: string,
  series: string,
  numbers: readonly number[],
): Promise<{ readonly beganMs: number; readonly endMs: number } | undefined> {
  let beganMs: number | undefined;
  for (const number of numbers) {
    beganMs = beginningOf(fileOf(dir, series, number));
    if (beganMs !== undefined) break;
  }
  if (beganMs === undefined) return undefined;
  for (const number of [...numbers].reverse()) {
    let endMs: number | undefined;
    const reader = new SeriesReader(dir, series, {
      vectors: false,
      fromMs: Number.NEGATIVE_INFINITY,
      losesOf: () => false,
      wants: ({ atMs }) => {
        endMs = atMs;
        return false;
      },
    });
    await reader.next([number], pieceBytes);
    if (endMs !== undefined) return { beganMs, endMs };
  }
  return undefined;
}
