/** Readings of the sender's clocks: the stamps of an envelope, and the vector behind them. */
import { nameBytesMax, type Stamps } from './envelope.ts';
import { utf8BytesMax, writeName } from './name-bytes.ts';
import type { NameCache } from './names.ts';
import { readU48, writeU48 } from './u48.ts';

/** Bytes of the stamps without the vector. */
export const stampBytes = 8 + 8 + 8 + 6 + 2;
/** Offsets within the stamps. */
const trueOffset = 8;
export const lamportOffset = 16;
export const hybridMsOffset = 24;
export const hybridCounterOffset = 30;
export const vectorEntryBytesMax = 1 + utf8BytesMax * nameBytesMax + 6;
/** The length of a vector has 16 bits. */
export const vectorBytesMax = 0xffff;

/** A vector as a host keeps it: entries in slots, read one by one and never copied. */
export interface VectorEntries {
  readonly size: number;
  idAt(slot: number): string;
  countAt(slot: number): number;
}

/** What a sender's host stamps a message with; like Stamps, but the vector need not be copied first. */
export interface StampsToWrite extends Omit<Stamps, 'vector'> {
  readonly vector?: VectorEntries | undefined;
}

/** Stamps at `at` and, unless -1, the vector at `vectorAt`; both have been found whole. */
export function readStamps(buffer: Buffer, at: number, vectorAt: number, names: NameCache): Stamps {
  const stamps: { -readonly [K in keyof Stamps]: Stamps[K] } = {
    wallMs: buffer.readDoubleLE(at),
    trueMs: buffer.readDoubleLE(at + trueOffset),
    lamport: buffer.readDoubleLE(at + lamportOffset),
    hybridMs: readU48(buffer, at + hybridMsOffset),
    hybridCounter: buffer.readUInt16LE(at + hybridCounterOffset),
  };
  if (vectorAt < 0) return stamps;
  const vector: Record<string, number> = Object.create(null);
  eachVectorEntry(buffer, vectorAt, names, (id, count) => {
    vector[id] = count;
  });
  stamps.vector = vector;
  return stamps;
}

/** Writes all but the vector; returns where they end. */
export function writeStamps(buffer: Buffer, stamps: StampsToWrite, at: number): number {
  buffer.writeDoubleLE(stamps.wallMs, at);
  buffer.writeDoubleLE(stamps.trueMs, at + trueOffset);
  buffer.writeDoubleLE(stamps.lamport, at + lamportOffset);
  writeU48(buffer, stamps.hybridMs, at + hybridMsOffset);
  buffer.writeUInt16LE(stamps.hybridCounter, at + hybridCounterOffset);
  return at + stampBytes;
}

export function eachVectorEntry(
  buffer: Buffer,
  at: number,
  names: NameCache,
  entry: (id: string, count: number) => void,
): void {
  const end = at + 2 + buffer.readUInt16LE(at);
  for (let start = at + 2; start < end; ) {
    const nameEnd = start + 1 + buffer[start]!;
    entry(names.read(buffer, start + 1, nameEnd), readU48(buffer, nameEnd));
    start = nameEnd + 6;
  }
}

/** Where the vector at `at` ends; -1 where it is not made of whole entries or passes `limit`. */
export function findVectorEnd(buffer: Buffer, at: number, limit: number): number {
  if (at + 2 > limit) return -1;
  const end = at + 2 + buffer.readUInt16LE(at);
  if (end > limit) return -1;
  let start = at + 2;
  while (start < end) {
    const length = buffer[start]!;
    if (length === 0 || length > nameBytesMax) return -1;
    start += 1 + length + 6;
  }
  return start === end ? end : -1;
}

/** Returns where the entries end. */
export function writeVector(chunk: Buffer, vector: VectorEntries, start: number): number {
  let at = start;
  for (let slot = 0; slot < vector.size; slot++) {
    const length = writeName(chunk, vector.idAt(slot), at + 1, nameBytesMax, 'name');
    chunk[at] = length;
    writeU48(chunk, vector.countAt(slot), at + 1 + length);
    at += 1 + length + 6;
  }
  return at;
}
