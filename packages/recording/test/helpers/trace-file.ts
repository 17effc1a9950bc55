/** Trace files as a router and the hosts of nodes write them, record by record. */
import type { Fate, RuleChange } from '@faultline/protocol';
import {
  type FateToWrite,
  fateRecordBytesMax,
  linkRecordBytes,
  recordBytesMaxWith,
  startRecordBytes,
  traceMagic,
  wordBytesMax,
  writeFateRecord,
  writeHandledRecord,
  writeLinkRecord,
  writeNodeRecord,
  writeReceiveRecord,
  writeRuleRecord,
  writeStartRecord,
  writeWordRecord,
} from '../../src/format/record.ts';

export interface Copy {
  readonly src: string;
  readonly dest: string;
  readonly seq: number;
  readonly fate: Fate;
  readonly type?: string;
  readonly atMs?: number;
  readonly copy?: number;
  readonly rules?: string;
  readonly msgId?: number;
  readonly inReplyTo?: number;
}

export class TraceFile {
  readonly #words = new Map<string, number>();
  readonly #parts: Buffer[] = [traceMagic];

  fate({ src, dest, seq, fate, type = 'ping', atMs = seq, copy = 0, ...more }: Copy): this {
    const { rules = '', msgId = -1, inReplyTo = -1 } = more;
    const record: FateToWrite = {
      fate,
      copy,
      isReply: inReplyTo >= 0,
      isRequest: msgId >= 0,
      msgId,
      inReplyTo,
      isAltered: false,
      bodyAt: -1,
      bodyBytesMax: 0,
      src: this.#word(src),
      dest: this.#word(dest),
      type: this.#word(type),
      rules: rules === '' ? 0 : this.#word(rules),
      incarnation: 1,
      seq,
      bodyBytes: 10,
      ordinal: seq,
      arrivedMs: atMs,
      atMs,
      source: Buffer.alloc(0),
      stampsAt: -1,
      vectorAt: -1,
    };
    const buffer = Buffer.alloc(fateRecordBytesMax(record));
    this.#parts.push(buffer.subarray(0, writeFateRecord(buffer, 0, record)));
    return this;
  }

  start(atMs: number): this {
    const buffer = Buffer.alloc(startRecordBytes);
    writeStartRecord(buffer, 0, atMs);
    this.#parts.push(buffer);
    return this;
  }

  linkUp(name: string, seq: number, atMs: number): this {
    const word = this.#word(name);
    const buffer = Buffer.alloc(linkRecordBytes);
    writeLinkRecord(buffer, 0, { up: true, name: word, incarnation: 1, seq, atMs });
    this.#parts.push(buffer);
    return this;
  }

  rule(change: RuleChange, id: string, atMs: number): this {
    return this.#put(recordBytesMaxWith(), (buffer) =>
      writeRuleRecord(buffer, 0, { change, id, atMs }),
    );
  }

  /** The file is that of a node. */
  node(name: string, incarnation = 1): this {
    return this.#put(recordBytesMaxWith(), (buffer) =>
      writeNodeRecord(buffer, 0, { name, incarnation, atMs: 0 }),
    );
  }

  receive(src: string, seq: number, atMs: number): this {
    const word = this.#word(src);
    const stamps = { wallMs: 0, trueMs: atMs, lamport: 1, hybridMs: 0, hybridCounter: 0 };
    return this.#put(recordBytesMaxWith(), (buffer) =>
      writeReceiveRecord(buffer, 0, 'handled', word, 1, seq, stamps),
    );
  }

  handled(src: string, seq: number, atMs: number): this {
    const word = this.#word(src);
    return this.#put(recordBytesMaxWith(), (buffer) =>
      writeHandledRecord(buffer, 0, 'replied', word, 1, seq, atMs),
    );
  }

  #put(bytesMax: number, write: (buffer: Buffer) => number): this {
    const buffer = Buffer.alloc(bytesMax);
    this.#parts.push(buffer.subarray(0, write(buffer)));
    return this;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #word(text: string): number {
    const known = this.#words.get(text);
    if (known !== undefined) return known;
    const id = this.#words.size + 1;
    this.#words.set(text, id);
    const buffer = Buffer.alloc(7 + wordBytesMax);
    this.#parts.push(buffer.subarray(0, writeWordRecord(buffer, 0, id, text)));
    return id;
  }
}
