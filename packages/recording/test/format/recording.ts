/** Random recordings, and the events that a reader must return for them. */

import {
  type Fate,
  FrameReader,
  FrameWriter,
  fates,
  type HandlerOutcome,
  outcomes,
  type Reception,
  type RuleChange,
  receptions,
  ruleChanges,
  type Stamps,
  type StampsToWrite,
  type TraceEvent,
} from '@faultline/protocol';
import fc from 'fast-check';
import { anyText } from '../../../protocol/test/helpers/any-text.ts';
import {
  append,
  type Message,
  message,
  name,
  stamps,
} from '../../../protocol/test/wire/arbitraries.ts';
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
  writeLocalRecord,
  writeNodeRecord,
  writeReceiveRecord,
  writeRuleRecord,
  writeStartRecord,
  writeWordRecord,
} from '../../src/format/record.ts';

const time = fc.double({ noNaN: true });

export type Entry =
  | { kind: 'start'; atMs: number }
  | {
      kind: 'link';
      up: boolean;
      name: string;
      incarnation: number;
      seq: number;
      atMs: number;
    }
  | {
      kind: 'fate';
      fate: Fate;
      copy: number;
      isAltered: boolean;
      bodyBytesMax: number;
      rules: string[];
      ordinal: number;
      arrivedMs: number;
      atMs: number;
      message: Message;
    }
  | {
      kind: 'rule';
      change: RuleChange;
      id: string;
      spec: object | undefined;
      atMs: number;
      installedAtMs: number | undefined;
      expiresAtMs: number | null | undefined;
    }
  | { kind: 'node'; name: string; incarnation: number; atMs: number }
  | { kind: 'receive'; did: Reception; message: Message; stamps: StampsToWrite }
  | {
      kind: 'handled';
      outcome: HandlerOutcome;
      error: string;
      message: Message;
      atMs: number;
    }
  | { kind: 'local'; name: string; data: object; stamps: StampsToWrite };

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const text = anyText({ maxLength: 20 });
/** As JSON has it. */
const data = fc
  .dictionary(anyText(), fc.jsonValue(), { maxKeys: 3 })
  .map((value) => JSON.parse(JSON.stringify(value)) as object);

const u48 = fc.maxSafeNat().map((n) => n % 2 ** 48);

const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record({ kind: fc.constant('start' as const), atMs: time }),
  fc.record({
    kind: fc.constant('link' as const),
    up: fc.boolean(),
    name,
    incarnation: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    seq: u48,
    atMs: time,
  }),
  fc.record({
    kind: fc.constant('fate' as const),
    fate: fc.constantFrom(...fates),
    copy: fc.nat({ max: 2 ** 16 - 1 }),
    isAltered: fc.boolean(),
    bodyBytesMax: fc.constantFrom(0, 1, 20, 1000),
    rules: fc.array(
      fc.integer({ min: 1, max: 9999 }).map((n) => `r${n}`),
      { maxLength: 5 },
    ),
    ordinal: u48,
    arrivedMs: time,
    atMs: time,
    message,
  }),
  fc.record({
    kind: fc.constant('rule' as const),
    change: fc.constantFrom(...ruleChanges),
    id: text,
    spec: fc.option(data, { nil: undefined }),
    atMs: time,
    installedAtMs: fc.option(time, { nil: undefined }),
    expiresAtMs: fc.oneof(finite, fc.constantFrom(null, undefined)),
  }),
  fc.record({
    kind: fc.constant('node' as const),
    name,
    incarnation: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    atMs: time,
  }),
  fc.record({
    kind: fc.constant('receive' as const),
    did: fc.constantFrom(...receptions),
    message,
    stamps,
  }),
  fc.record({
    kind: fc.constant('handled' as const),
    outcome: fc.constantFrom(...outcomes),
    error: fc.oneof(fc.constant(''), text),
    message,
    atMs: time,
  }),
  fc.record({ kind: fc.constant('local' as const), name: text, data, stamps }),
);

export const entries = fc.array(entry, { maxLength: 8 });

export interface Recording {
  readonly bytes: Buffer;
  readonly events: readonly TraceEvent[];
  /** Where each event's record ends: a file cut before that does not contain it. */
  readonly ends: readonly number[];
}

/** Writes the entries as a router does: reads each message from its frame and records it. */
export function record(entries: readonly Entry[]): Recording {
  const pieces: Buffer[] = [traceMagic];
  const events: TraceEvent[] = [];
  const ends: number[] = [];
  const words = new Map<string, number>();
  let length = traceMagic.length;

  const put = (bytesMax: number, write: (buffer: Buffer) => number): void => {
    const buffer = Buffer.alloc(bytesMax);
    const piece = buffer.subarray(0, write(buffer));
    pieces.push(piece);
    length += piece.length;
  };
  const word = (text: string): number => {
    if (text === '') return 0;
    const known = words.get(text);
    if (known !== undefined) return known;
    const id = words.size + 1;
    words.set(text, id);
    put(7 + wordBytesMax, (buffer) => writeWordRecord(buffer, 0, id, text));
    return id;
  };

  let node = '?';
  let incarnation = 0;
  for (const entry of entries) {
    if (entry.kind === 'node') {
      put(recordBytesMaxWith(), (buffer) => writeNodeRecord(buffer, 0, entry));
      ({ name: node, incarnation } = entry);
      continue;
    }
    if (entry.kind === 'start') {
      put(startRecordBytes, (buffer) => writeStartRecord(buffer, 0, entry.atMs));
      events.push(entry);
    } else if (entry.kind === 'link') {
      const id = word(entry.name);
      put(linkRecordBytes, (buffer) => writeLinkRecord(buffer, 0, { ...entry, name: id }));
      events.push(entry);
    } else if (entry.kind === 'rule') {
      put(recordBytesMaxWith(), (buffer) => writeRuleRecord(buffer, 0, entry));
      events.push(present(entry));
    } else if (entry.kind === 'receive') {
      const { kind, did, message, stamps } = entry;
      const src = word(message.src);
      put(recordBytesMaxWith(stamps), (buffer) =>
        writeReceiveRecord(buffer, 0, did, src, message.incarnation, message.seq, stamps),
      );
      const own = { node, incarnation, id: idOf(message), stamps: read(stamps) };
      events.push({ kind, did, atMs: stamps.trueMs, ...own });
    } else if (entry.kind === 'handled') {
      const { kind, outcome, error, message, atMs } = entry;
      const { seq } = message;
      const src = word(message.src);
      put(recordBytesMaxWith(), (buffer) =>
        writeHandledRecord(buffer, 0, outcome, src, message.incarnation, seq, atMs, error),
      );
      const own = { node, incarnation, id: idOf(message), ...(error === '' ? {} : { error }) };
      events.push({ kind, outcome, atMs, ...own });
    } else if (entry.kind === 'local') {
      const { kind, name, data, stamps } = entry;
      put(recordBytesMaxWith(stamps), (buffer) => writeLocalRecord(buffer, 0, name, data, stamps));
      const own = { node, incarnation, stamps: read(stamps) };
      events.push({ kind, name, data, atMs: stamps.trueMs, ...own });
    } else {
      const { message, rules, kind, isAltered, bodyBytesMax, ...rest } = entry;
      const { src, dest, incarnation, seq } = message;
      const { type, msg_id, in_reply_to } = message.body;
      const writer = new FrameWriter();
      append(writer, message);
      const reader = new FrameReader();
      reader.open(writer.take());
      reader.next();
      const { bodyBytes, buffer: source, bodyAt } = reader;
      const fate: FateToWrite = {
        ...rest,
        ...reader,
        ...{ isAltered, bodyBytesMax, source, bodyBytes },
        src: word(src),
        dest: word(dest),
        type: word(type),
        rules: word(rules.join(',')),
      };
      put(fateRecordBytesMax(fate), (buffer) => writeFateRecord(buffer, 0, fate));
      const stamps = reader.stamps();
      const json = source.toString('utf8', bodyAt, reader.end);
      const body = wholeCharacters(json, bodyBytesMax);
      events.push({
        ...rest,
        ...{ kind, id: idOf(message), src, dest, type, rules, incarnation, seq, bodyBytes },
        isReply: in_reply_to !== undefined,
        ...(msg_id === undefined ? {} : { msgId: msg_id }),
        ...(in_reply_to === undefined ? {} : { inReplyTo: in_reply_to }),
        ...(isAltered ? { altered: true } : {}),
        ...(body === '' ? {} : { body }),
        ...(body === '' || body === json ? {} : { bodyCut: true }),
        ...(stamps === undefined ? {} : { stamps }),
      });
    }
    ends.push(length);
  }
  return { bytes: Buffer.concat(pieces), events, ends };
}

const idOf = ({ src, incarnation, seq }: Message): string => `${src}.${incarnation}.${seq}`;

/** Without the members that are undefined. */
function present<T extends object>(value: T): T {
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members) as T;
}

function read({ vector, ...numbers }: StampsToWrite): Stamps {
  if (vector === undefined) return numbers;
  const entries: [string, number][] = [];
  for (let slot = 0; slot < vector.size; slot++) {
    entries.push([vector.idAt(slot), vector.countAt(slot)]);
  }
  return { ...numbers, vector: Object.assign(Object.create(null), Object.fromEntries(entries)) };
}

function wholeCharacters(text: string, bytesMax: number): string {
  let taken = '';
  for (const character of text) {
    if (Buffer.byteLength(taken + character) > bytesMax) break;
    taken += character;
  }
  return taken;
}
