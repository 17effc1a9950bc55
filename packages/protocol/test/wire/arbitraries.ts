import fc from 'fast-check';
import {
  type Body,
  type FrameWriter,
  nameBytesMax,
  type StampsToWrite,
  typeBytesMax,
  type VectorEntries,
} from '../../src/index.ts';
import { anyText } from '../helpers/any-text.ts';

const textOfBytes = (bytesMax: number): fc.Arbitrary<string> =>
  anyText({ minLength: 1, maxLength: bytesMax, size: 'medium' }).filter(
    (text) => Buffer.byteLength(text) <= bytesMax,
  );

export const name = fc.oneof(fc.constantFrom('n1', 'n2', 'c1'), textOfBytes(nameBytesMax));
const type = fc.oneof(fc.constantFrom('echo', 'echo_ok'), textOfBytes(typeBytesMax));
const messageNumber = fc.option(fc.maxSafeInteger(), { nil: undefined });

export const body: fc.Arbitrary<Body> = fc
  .record({
    fields: fc.dictionary(anyText(), fc.jsonValue(), { maxKeys: 5 }),
    type,
    msg_id: messageNumber,
    in_reply_to: messageNumber,
  })
  .map(({ fields, ...rest }) => ({ ...fields, ...rest }) as Body);

const u48 = fc.oneof(
  fc.maxSafeNat().map((n) => n % 2 ** 48),
  fc.constantFrom(0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 48 - 1),
);
const u32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const f64 = fc.double({ noNaN: true });

const vectorOfUpTo = (maxLength: number) =>
  fc
    .uniqueArray(fc.tuple(name, u48), { selector: ([id]) => id, maxLength, size: 'max' })
    .map(entriesOf);
const vector = fc.oneof(
  { weight: 9, arbitrary: vectorOfUpTo(5) },
  { weight: 1, arbitrary: vectorOfUpTo(100) },
);

export const stamps: fc.Arbitrary<StampsToWrite> = fc.record(
  {
    wallMs: f64,
    trueMs: f64,
    lamport: f64,
    hybridMs: u48,
    hybridCounter: fc.integer({ min: 0, max: 2 ** 16 - 1 }),
    vector,
  },
  { requiredKeys: ['wallMs', 'trueMs', 'lamport', 'hybridMs', 'hybridCounter'] },
);

export interface Message {
  readonly src: string;
  readonly dest: string;
  readonly body: Body;
  readonly incarnation: number;
  readonly seq: number;
  readonly stamps: StampsToWrite | undefined;
}

export const message: fc.Arbitrary<Message> = fc.record({
  src: name,
  dest: name,
  body,
  incarnation: u32,
  seq: u48,
  stamps: fc.option(stamps, { nil: undefined }),
});

export const messages = fc.array(message, { minLength: 1, maxLength: 8 });

export function append(writer: FrameWriter, message: Message): void {
  const { src, dest, body, incarnation, seq, stamps } = message;
  writer.append(src, dest, body, incarnation, seq, stamps);
}

export function entriesOf(entries: readonly (readonly [string, number])[]): VectorEntries {
  return {
    size: entries.length,
    idAt: (slot) => entries[slot]![0],
    countAt: (slot) => entries[slot]![1],
  };
}

/** What a reader has to make of a message. Bodies are compared as JSON, which knows no undefined. */
export function expected({ src, dest, body, incarnation, seq, stamps }: Message): unknown {
  const json = JSON.stringify(body);
  if (stamps === undefined) return { src, dest, json, incarnation, seq };
  const { vector, ...numbers } = stamps;
  if (vector === undefined) return { src, dest, json, incarnation, seq, stamps: numbers };
  const entries = Array.from({ length: vector.size }, (_, slot) => [
    vector.idAt(slot),
    vector.countAt(slot),
  ]);
  return { src, dest, json, incarnation, seq, stamps: numbers, entries };
}
