/**
 * The binary files of a run's directory. The files of one writer are a *series*: the router's, and
 * one for each incarnation of a node. A series is read piece by piece, from its first file that is
 * still there to the end of its last one, and from there on again when it has grown.
 */
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FaultlineError, type TraceEvent } from '@faultline/protocol';
import { TraceReader } from './format/reader.ts';
import { LossFinder } from './losses.ts';

/** Name of the router's series; those of nodes are called `n1.1`, after node and incarnation. */
export const routerSeries = '';

/** Numbers of the files by series, in order. Throws NOT_FOUND where there is no such directory. */
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

export class SeriesReader {
  readonly name: string;
  readonly #dir: string;
  readonly #options: { readonly vectors: boolean };
  #reader: TraceReader;
  #number: number | undefined;
  #offset = 0;
  #isGarbage = false;
  #losses: LossFinder | undefined;

  constructor(dir: string, name: string, options: { readonly vectors: boolean }) {
    this.#dir = dir;
    this.name = name;
    this.#options = options;
    this.#reader = new TraceReader(options);
  }

  /**
   * Reads on by up to so many bytes; undefined where there is nothing more for now. `numbers`: the
   * files of the series, as they were before this call, so that one that is not the last is whole.
   */
  async next(numbers: readonly number[], pieceBytes: number): Promise<TraceEvent[] | undefined> {
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
    this.#number = next;
    this.#offset = 0;
    this.#isGarbage = false;
    this.#reader = new TraceReader(this.#options);
    // What an earlier file told of is not lost where that file is gone.
    this.#losses ??=
      this.name === routerSeries ? new LossFinder({ isWhole: next === 1 }) : undefined;
    return true;
  }

  /** Undefined at the end of the file, and where its writer has thrown the file away meanwhile. */
  async #piece(bytes: number): Promise<Buffer | undefined> {
    const name = this.name === routerSeries ? 'trace' : `trace-${this.name}`;
    const path = join(this.#dir, `${name}-${this.#number}.bin`);
    const file = await open(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (file === undefined) return undefined;
    try {
      const { bytesRead, buffer } = await file.read(
        Buffer.allocUnsafeSlow(bytes),
        0,
        bytes,
        this.#offset,
      );
      this.#offset += bytesRead;
      return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }

  #decode(piece: Buffer): TraceEvent[] {
    let events: TraceEvent[];
    try {
      events = this.#reader.read(piece);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // A file of something else, or of another version, takes nothing from the others.
      this.#isGarbage = true;
      return [];
    }
    return this.#losses === undefined ? events : withLosses(events, this.#losses);
  }
}

/** Puts what follows from an event behind it. */
function withLosses(events: TraceEvent[], losses: LossFinder): TraceEvent[] {
  let all: TraceEvent[] | undefined;
  for (let i = 0; i < events.length; i++) {
    const event = events[i]!;
    const found = losses.next(event);
    if (found.length > 0) all ??= events.slice(0, i);
    all?.push(event);
    // A gap may be of any length: no spread into arguments.
    for (const loss of found) all!.push(loss);
  }
  return all ?? events;
}
