/**
 * One record of a binary file, read in place. Most queries need few of a million records, and
 * inspecting a record costs a fiftieth of decoding it: the fields below read the bytes on access.
 */
import { type Fate, fates, type Reception, receptions } from '@faultline/protocol';
import {
  fateFixedBytes,
  flagAltered,
  flagReply,
  flagRequest,
  flagStamps,
  handledFixedBytes,
  linkRecordBytes,
  localFixedBytes,
  receiveFixedBytes,
  recordFate,
  recordHandled,
  recordLink,
  recordLocal,
  recordReceive,
  recordRule,
  recordStart,
  ruleFixedBytes,
  startRecordBytes,
} from './record.ts';

export type RecordKind = 'fate' | 'link' | 'start' | 'rule' | 'receive' | 'handled' | 'local';

const kinds: readonly (RecordKind | undefined)[] = (() => {
  const list: (RecordKind | undefined)[] = new Array(256).fill(undefined);
  list[recordFate] = 'fate';
  list[recordLink] = 'link';
  list[recordStart] = 'start';
  list[recordRule] = 'rule';
  list[recordReceive] = 'receive';
  list[recordHandled] = 'handled';
  list[recordLocal] = 'local';
  return list;
})();

const bytesMin: Readonly<Record<RecordKind, number>> = {
  fate: fateFixedBytes,
  link: linkRecordBytes - 2,
  start: startRecordBytes - 2,
  rule: ruleFixedBytes,
  receive: receiveFixedBytes,
  handled: handledFixedBytes,
  local: localFixedBytes,
};

/** Offset of its time, after the kind. Stamps begin with the wall clock; true time follows. */
const atMsOffset: Readonly<Record<RecordKind, number>> = {
  fate: 49,
  link: 16,
  start: 1,
  rule: 2,
  receive: 17 + 8,
  handled: 16,
  local: 2 + 8,
};

/** Valid until the reader moves to the next record. Fields that the kind does not have are garbage. */
export class RecordView {
  kind: RecordKind = 'start';
  #bytes: DataView = new DataView(new ArrayBuffer(0));
  #at = 0;
  #end = 0;
  readonly #words: ReadonlyMap<number, string>;

  constructor(words: ReadonlyMap<number, string>) {
    this.#words = words;
  }

  /** The buffer that the next records are in. */
  in(buffer: Buffer): void {
    this.#bytes = new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
  }

  /** False: a record of a kind unknown to this version, or shorter than its kind requires. */
  moveTo(at: number, end: number): boolean {
    if (at >= end) return false;
    const kind = kinds[this.#bytes.getUint8(at)];
    if (kind === undefined || end - at < bytesMin[kind]) return false;
    this.kind = kind;
    this.#at = at;
    this.#end = end;
    return true;
  }

  /** Of the record, without its length. */
  get bytes(): number {
    return this.#end - this.#at;
  }

  get atMs(): number {
    return this.#bytes.getFloat64(this.#at + atMsOffset[this.kind], true);
  }

  /** The name of the sender, or of the member that the link belongs to. */
  get src(): string {
    return this.#word(this.srcWord);
  }

  /** The id by which the records of a file refer to `src`. */
  get srcWord(): number {
    return this.#u32(this.#srcOffset);
  }

  get incarnation(): number {
    return this.#u32(this.#srcOffset + (this.kind === 'fate' ? 16 : 4));
  }

  get seq(): number {
    const offset = this.#srcOffset + (this.kind === 'fate' ? 20 : 8);
    return this.#u32(offset) + this.#bytes.getUint16(this.#at + offset + 4, true) * 2 ** 32;
  }

  /** Of a link: whether it came up. */
  get up(): boolean {
    return this.#bytes.getUint8(this.#at + 1) === 1;
  }

  /** Of a fate; undefined for one added by a later version. */
  get fate(): Fate | undefined {
    return fates[this.#bytes.getUint8(this.#at + 1)];
  }

  /** Of a reception; undefined for one added by a later version. */
  get did(): Reception | undefined {
    return receptions[this.#bytes.getUint8(this.#at + 1)];
  }

  get copy(): number {
    return this.#bytes.getUint16(this.#at + 2, true);
  }

  get dest(): string {
    return this.#word(this.#u32(9));
  }

  get type(): string {
    return this.#word(this.#u32(13));
  }

  /** Of a fate: when the router got the message. */
  get arrivedMs(): number {
    return this.#bytes.getFloat64(this.#at + 41, true);
  }

  /** Ids, separated by commas. */
  get rules(): string {
    return this.#word(this.#u32(17));
  }

  get isReply(): boolean {
    return (this.#flags & flagReply) !== 0;
  }

  get isAltered(): boolean {
    return (this.#flags & flagAltered) !== 0;
  }

  get bodyBytes(): number {
    return this.#u32(31);
  }

  /** The message's number on its edge. */
  get ordinal(): number {
    return this.#u32(35) + this.#bytes.getUint16(this.#at + 39, true) * 2 ** 32;
  }

  get hasStamps(): boolean {
    return (this.#flags & flagStamps) !== 0;
  }

  /** -1: not a request. */
  get msgId(): number {
    return (this.#flags & flagRequest) === 0 ? -1 : this.#number(fateFixedBytes);
  }

  /** -1: not a reply. */
  get inReplyTo(): number {
    if ((this.#flags & flagReply) === 0) return -1;
    return this.#number(fateFixedBytes + ((this.#flags & flagRequest) === 0 ? 0 : 8));
  }

  get #flags(): number {
    return this.#bytes.getUint8(this.#at + 4);
  }

  get #srcOffset(): number {
    switch (this.kind) {
      case 'fate':
        return 5;
      case 'receive':
        return 3;
      default:
        return 2;
    }
  }

  #u32(offset: number): number {
    return this.#bytes.getUint32(this.#at + offset, true);
  }

  #number(offset: number): number {
    const at = this.#at + offset;
    return at + 8 > this.#end ? -1 : this.#bytes.getFloat64(at, true);
  }

  #word(id: number): string {
    return id === 0 ? '' : (this.#words.get(id) ?? `?${id}`);
  }
}
