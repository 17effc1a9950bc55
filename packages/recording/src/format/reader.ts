/** Reads the recording's binary files; see `record.ts` for their layout. */
import {
  type FateEvent,
  fates,
  findVectorEnd,
  type HandledEvent,
  type LocalEvent,
  messageId,
  NameCache,
  outcomes,
  type ReceiveEvent,
  type RuleEvent,
  readStamps,
  readU48,
  receptions,
  ruleChanges,
  type Stamps,
  stampBytes,
  type TraceEvent,
} from '@faultline/protocol';
import {
  fateFixedBytes,
  flagAltered,
  flagBody,
  flagBodyCut,
  flagLeftOut,
  flagReply,
  flagRequest,
  flagStamps,
  flagVector,
  handledFixedBytes,
  nodeFixedBytes,
  recordFate,
  recordHandled,
  recordLink,
  recordLocal,
  recordNode,
  recordReceive,
  recordRule,
  recordStart,
  recordWord,
  ruleFixedBytes,
  traceMagic,
  wordFixedBytes,
} from './record.ts';
import { RecordView } from './record-view.ts';

const nothing = Buffer.alloc(0);
const noRules: readonly string[] = Object.freeze([]) as readonly string[];

/**
 * Reads a trace file in chunks, even one that is still being written: give it the chunks in order, and
 * it returns the complete events.
 */
export class TraceReader {
  #rest: Buffer = nothing;
  #started = false;
  readonly #words = new Map<number, string>();
  readonly #view = new RecordView(this.#words);
  /** Where the current record is. */
  #buffer: Buffer = nothing;
  #at = 0;
  #end = 0;
  readonly #names = new NameCache();
  #node = '?';
  #incarnation = 0;
  #lastRulesId = 0;
  #lastRules = noRules;
  readonly #withVectors: boolean;

  /** `vectors: false` omits the vector clocks of stamps, which are most of the cost of reading. */
  constructor({ vectors = true }: { readonly vectors?: boolean } = {}) {
    this.#withVectors = vectors;
  }

  /** Throws RangeError if the first bytes are not those of a trace file. */
  read(bytes: Buffer): TraceEvent[] {
    const events: TraceEvent[] = [];
    this.each(bytes, () => {
      const event = this.decode();
      if (event !== undefined) events.push(event);
    });
    return events;
  }

  /**
   * Calls `visit` for each complete record of a known kind; `decode` and `keep` then return its
   * contents. Throws as `read` does.
   */
  each(bytes: Buffer, visit: (record: RecordView) => void): void {
    let start = this.#started ? this.#finishTorn(bytes, visit) : this.#begin(bytes);
    if (start < 0) return;
    this.#view.in(bytes);
    while (start + 2 <= bytes.length) {
      const end = start + 2 + lengthAt(bytes, start);
      if (end > bytes.length) break;
      this.#visit(bytes, start + 2, end, visit);
      start = end;
    }
    this.#rest = start === bytes.length ? nothing : Buffer.from(bytes.subarray(start));
  }

  /** Returns where the first record is; -1 if not known yet. */
  #begin(bytes: Buffer): number {
    const before = this.#rest.length;
    const head = Buffer.concat([this.#rest, bytes.subarray(0, traceMagic.length - before)]);
    if (!head.equals(traceMagic.subarray(0, head.length))) {
      throw new RangeError('not a trace file, or one of another version');
    }
    this.#started = head.length === traceMagic.length;
    this.#rest = this.#started ? nothing : head;
    return this.#started ? head.length - before : -1;
  }

  /** Completes the record begun by the previous bytes; returns where the next one is, or -1. */
  #finishTorn(bytes: Buffer, visit: (record: RecordView) => void): number {
    let start = 0;
    while (this.#rest.length > 0) {
      const rest = this.#rest;
      const missing = (rest.length < 2 ? 2 : 2 + lengthAt(rest, 0)) - rest.length;
      this.#rest = Buffer.concat([rest, bytes.subarray(start, start + missing)]);
      if (missing > bytes.length - start) return -1;
      start += missing;
      const torn = this.#rest;
      if (torn.length !== 2 + lengthAt(torn, 0)) continue;
      this.#view.in(torn);
      this.#visit(torn, 2, torn.length, visit);
      this.#rest = nothing;
    }
    return start;
  }

  #visit(buffer: Buffer, at: number, end: number, visit: (record: RecordView) => void): void {
    if (this.#view.moveTo(at, end)) {
      this.#buffer = buffer;
      this.#at = at;
      this.#end = end;
      visit(this.#view);
    } else this.#takeName(buffer, at, end);
  }

  /** The current record; undefined if it has a number unknown to this version. */
  decode(): TraceEvent | undefined {
    return this.#record(this.#buffer, this.#at, this.#end);
  }

  /** The current record, to be decoded later; holds its bytes only. */
  keep(): () => TraceEvent | undefined {
    const bytes = Buffer.from(this.#buffer.subarray(this.#at, this.#end));
    return () => this.#record(bytes, 0, bytes.length);
  }

  /** Words, and whose file it is. */
  #takeName(buffer: Buffer, at: number, end: number): void {
    const bytes = end - at;
    if (buffer[at] === recordWord && bytes >= wordFixedBytes) {
      const text = buffer.toString('utf8', at + wordFixedBytes, end);
      this.#words.set(buffer.readUInt32LE(at + 1), text);
    } else if (buffer[at] === recordNode && bytes >= nodeFixedBytes) {
      this.#incarnation = buffer.readUInt32LE(at + 1);
      this.#node = buffer.toString('utf8', at + nodeFixedBytes, end);
    }
  }

  #record(buffer: Buffer, at: number, end: number): TraceEvent | undefined {
    switch (buffer[at]) {
      case recordFate:
        return this.#fate(buffer, at, end);
      case recordReceive:
        return this.#receive(buffer, at, end);
      case recordHandled:
        return this.#handled(buffer, at, end);
      case recordLocal:
        return this.#local(buffer, at, end);
      case recordRule:
        return readRuleRecord(buffer, at, end);
      case recordLink:
        return {
          kind: 'link',
          up: buffer[at + 1] === 1,
          name: this.#word(buffer.readUInt32LE(at + 2)),
          incarnation: buffer.readUInt32LE(at + 6),
          seq: readU48(buffer, at + 10),
          atMs: buffer.readDoubleLE(at + 16),
        };
      case recordStart:
        return { kind: 'start', atMs: buffer.readDoubleLE(at + 1) };
      default:
        return undefined;
    }
  }

  #fate(buffer: Buffer, at: number, end: number): FateEvent | undefined {
    const fate = fates[buffer[at + 1]!];
    if (fate === undefined) return undefined;
    const flags = buffer[at + 4]!;
    const src = this.#word(buffer.readUInt32LE(at + 5));
    const incarnation = buffer.readUInt32LE(at + 21);
    const seq = readU48(buffer, at + 25);
    const event: { -readonly [K in keyof FateEvent]: FateEvent[K] } = {
      kind: 'fate',
      id: messageId(src, incarnation, seq),
      src,
      dest: this.#word(buffer.readUInt32LE(at + 9)),
      type: this.#word(buffer.readUInt32LE(at + 13)),
      isReply: (flags & flagReply) !== 0,
      incarnation,
      seq,
      copy: buffer.readUInt16LE(at + 2),
      fate,
      rules: this.#rules(buffer.readUInt32LE(at + 17)),
      ordinal: readU48(buffer, at + 35),
      bodyBytes: buffer.readUInt32LE(at + 31),
      arrivedMs: buffer.readDoubleLE(at + 41),
      atMs: buffer.readDoubleLE(at + 49),
    };
    if ((flags & flagAltered) !== 0) event.altered = true;
    let next = at + fateFixedBytes;
    if ((flags & flagRequest) !== 0) {
      if (next + 8 > end) return event;
      event.msgId = buffer.readDoubleLE(next);
      next += 8;
    }
    if ((flags & flagReply) !== 0) {
      if (next + 8 > end) return event;
      event.inReplyTo = buffer.readDoubleLE(next);
      next += 8;
    }
    if ((flags & flagStamps) !== 0) {
      const stampsAt = next;
      next = stampBytes + stampsAt;
      if (next > end) return event;
      const vectorAt = next;
      if ((flags & flagVector) !== 0) next = findVectorEnd(buffer, vectorAt, end);
      const hasVector = this.#withVectors && next > vectorAt;
      event.stamps = readStamps(buffer, stampsAt, hasVector ? vectorAt : -1, this.#names);
      if (next < 0) return event;
    }
    if ((flags & flagBody) !== 0) {
      event.body = buffer.toString('utf8', next, end);
      if ((flags & flagBodyCut) !== 0) event.bodyCut = true;
    }
    return event;
  }

  #receive(buffer: Buffer, at: number, end: number): ReceiveEvent | undefined {
    const did = receptions[buffer[at + 1]!];
    if (did === undefined) return undefined;
    const { stamps } = this.#stamps(buffer, at + 17, end, buffer[at + 2]!);
    return {
      kind: 'receive',
      node: this.#node,
      incarnation: this.#incarnation,
      id: this.#id(buffer, at + 3),
      did,
      atMs: stamps.trueMs,
      stamps,
    };
  }

  #handled(buffer: Buffer, at: number, end: number): HandledEvent | undefined {
    const outcome = outcomes[buffer[at + 1]!];
    if (outcome === undefined) return undefined;
    const errorAt = at + handledFixedBytes;
    return {
      kind: 'handled',
      node: this.#node,
      incarnation: this.#incarnation,
      id: this.#id(buffer, at + 2),
      outcome,
      ...(errorAt < end ? { error: buffer.toString('utf8', errorAt, end) } : {}),
      atMs: buffer.readDoubleLE(at + 16),
    };
  }

  #local(buffer: Buffer, at: number, end: number): LocalEvent | undefined {
    const flags = buffer[at + 1]!;
    const { stamps, next } = this.#stamps(buffer, at + 2, end, flags);
    if (next + 2 > end) return undefined;
    const dataAt = next + 2 + buffer.readUInt16LE(next);
    if (dataAt > end) return undefined;
    return {
      kind: 'local',
      node: this.#node,
      incarnation: this.#incarnation,
      name: buffer.toString('utf8', next + 2, dataAt),
      data: parseObject(buffer.toString('utf8', dataAt, end)) ?? {},
      ...((flags & flagLeftOut) === 0 ? {} : { dataLeftOut: true }),
      atMs: stamps.trueMs,
      stamps,
    };
  }

  /** The sender's word, its incarnation and the sequence number. */
  #id(buffer: Buffer, at: number): string {
    return messageId(
      this.#word(buffer.readUInt32LE(at)),
      buffer.readUInt32LE(at + 4),
      readU48(buffer, at + 8),
    );
  }

  /** Complete stamps, and the vector if it is complete; `next`: the position after them. */
  #stamps(
    buffer: Buffer,
    at: number,
    end: number,
    flags: number,
  ): { stamps: Stamps; next: number } {
    const vectorAt = at + stampBytes;
    const vectorEnd = (flags & flagVector) === 0 ? -1 : findVectorEnd(buffer, vectorAt, end);
    const hasVector = vectorEnd > 0;
    return {
      stamps: readStamps(buffer, at, hasVector && this.#withVectors ? vectorAt : -1, this.#names),
      next: hasVector ? vectorEnd : vectorAt,
    };
  }

  #word(id: number): string {
    return id === 0 ? '' : (this.#words.get(id) ?? `?${id}`);
  }

  /** Most lists of rules equal that of the previous message: they share one array. */
  #rules(id: number): readonly string[] {
    if (id === 0) return noRules;
    if (id !== this.#lastRulesId) {
      this.#lastRules = Object.freeze(this.#word(id).split(',')) as readonly string[];
      this.#lastRulesId = id;
    }
    return this.#lastRules;
  }
}

const lengthAt = (buffer: Buffer, at: number): number => buffer[at]! | (buffer[at + 1]! << 8);

function readRuleRecord(buffer: Buffer, at: number, end: number): RuleEvent | undefined {
  const change = ruleChanges[buffer[at + 1]!];
  const specAt = at + ruleFixedBytes + buffer.readUInt16LE(at + 26);
  if (change === undefined || specAt > end) return undefined;
  const installedAtMs = buffer.readDoubleLE(at + 10);
  const expiresAtMs = buffer.readDoubleLE(at + 18);
  const spec = parseObject(buffer.toString('utf8', specAt, end));
  return {
    kind: 'rule',
    change,
    id: buffer.toString('utf8', at + ruleFixedBytes, specAt),
    ...(spec === undefined ? {} : { spec }),
    atMs: buffer.readDoubleLE(at + 2),
    ...(Number.isNaN(installedAtMs) ? {} : { installedAtMs }),
    ...(Number.isNaN(expiresAtMs)
      ? {}
      : { expiresAtMs: expiresAtMs === Number.POSITIVE_INFINITY ? null : expiresAtMs }),
  };
}

function parseObject(json: string): object | undefined {
  try {
    const value: unknown = json === '' ? undefined : JSON.parse(json);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
