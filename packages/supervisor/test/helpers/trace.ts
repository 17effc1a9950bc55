/** Trace files as a router writes them, record by record. */
import {
  type Fate,
  type FateToWrite,
  fateRecordBytesMax,
  linkRecordBytes,
  startRecordBytes,
  traceMagic,
  wordBytesMax,
  writeFateRecord,
  writeLinkRecord,
  writeStartRecord,
  writeWordRecord,
} from '@faultline/protocol';

export interface Copy {
  readonly src: string;
  readonly dest: string;
  readonly seq: number;
  readonly fate: Fate;
  readonly type?: string;
  readonly atMs?: number;
  readonly copy?: number;
}

export class TraceFile {
  readonly #words = new Map<string, number>();
  readonly #parts: Buffer[] = [traceMagic];

  fate({ src, dest, seq, fate, type = 'ping', atMs = seq, copy = 0 }: Copy): this {
    const record: FateToWrite = {
      fate,
      copy,
      isReply: false,
      isRequest: false,
      msgId: -1,
      inReplyTo: -1,
      isAltered: false,
      bodyAt: -1,
      bodyBytesMax: 0,
      src: this.#word(src),
      dest: this.#word(dest),
      type: this.#word(type),
      rules: 0,
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
