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
  linkRecordBytes,
  localFixedBytes,
  nodeFixedBytes,
  receiveFixedBytes,
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
  startRecordBytes,
  traceMagic,
  wordFixedBytes,
} from './record.ts';

const noRules: readonly string[] = Object.freeze([]) as readonly string[];

/**
 * Reads a trace file piece by piece, also one that is still being written: feed it what has been
 * read, in order, and it returns the events that are complete.
 */
export class TraceReader {
  #rest = Buffer.alloc(0);
  #started = false;
  readonly #words = new Map<number, string>();
  readonly #names = new NameCache();
  #node = '?';
  #incarnation = 0;
  #lastRulesId = 0;
  #lastRules = noRules;
  readonly #withVectors: boolean;

  /** `vectors: false` leaves out the vector clocks of stamps, which are most of what reading costs. */
  constructor({ vectors = true }: { readonly vectors?: boolean } = {}) {
    this.#withVectors = vectors;
  }

  /** Throws RangeError where the first bytes are not those of a trace file. */
  read(bytes: Buffer): TraceEvent[] {
    const buffer = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const events: TraceEvent[] = [];
    let start = 0;
    if (!this.#started) {
      const magic = buffer.subarray(0, traceMagic.length);
      if (!magic.equals(traceMagic.subarray(0, magic.length))) {
        throw new RangeError('not a trace file, or one of another version');
      }
      this.#started = magic.length === traceMagic.length;
      if (this.#started) start = traceMagic.length;
    }
    while (this.#started && start + 2 <= buffer.length) {
      const end = start + 2 + buffer.readUInt16LE(start);
      if (end > buffer.length) break;
      const event = this.#record(buffer, start + 2, end);
      if (event !== undefined) events.push(event);
      start = end;
    }
    this.#rest = Buffer.from(buffer.subarray(start));
    return events;
  }

  #record(buffer: Buffer, at: number, end: number): TraceEvent | undefined {
    const bytes = end - at;
    switch (buffer[at]) {
      case recordWord:
        if (bytes < wordFixedBytes) return undefined;
        this.#words.set(
          buffer.readUInt32LE(at + 1),
          buffer.toString('utf8', at + wordFixedBytes, end),
        );
        return undefined;
      case recordFate:
        return bytes < fateFixedBytes ? undefined : this.#fate(buffer, at, end);
      case recordReceive:
        return bytes < receiveFixedBytes ? undefined : this.#receive(buffer, at, end);
      case recordHandled:
        return bytes < handledFixedBytes ? undefined : this.#handled(buffer, at, end);
      case recordLocal:
        return bytes < localFixedBytes ? undefined : this.#local(buffer, at, end);
      case recordRule:
        return bytes < ruleFixedBytes ? undefined : readRuleRecord(buffer, at, end);
      case recordLink:
        if (bytes < linkRecordBytes - 2) return undefined;
        return {
          kind: 'link',
          up: buffer[at + 1] === 1,
          name: this.#word(buffer.readUInt32LE(at + 2)),
          incarnation: buffer.readUInt32LE(at + 6),
          seq: readU48(buffer, at + 10),
          atMs: buffer.readDoubleLE(at + 16),
        };
      case recordStart:
        if (bytes < startRecordBytes - 2) return undefined;
        return { kind: 'start', atMs: buffer.readDoubleLE(at + 1) };
      case recordNode:
        if (bytes < nodeFixedBytes) return undefined;
        this.#incarnation = buffer.readUInt32LE(at + 1);
        this.#node = buffer.toString('utf8', at + nodeFixedBytes, end);
        return undefined;
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

  /** Stamps that stand whole, and a vector if it does; `next`: behind them. */
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

  /** Most lists of rules are those of the message before: one array serves them all. */
  #rules(id: number): readonly string[] {
    if (id === 0) return noRules;
    if (id !== this.#lastRulesId) {
      this.#lastRules = Object.freeze(this.#word(id).split(',')) as readonly string[];
      this.#lastRulesId = id;
    }
    return this.#lastRules;
  }
}

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
