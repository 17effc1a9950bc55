/**
 * The history of a recording, `history.jsonl`: one JSON object a line,
 *
 *     {"index":0,"type":"invoke","process":"c1","atMs":12.5,"f":"write","value":{"key":"x","value":1},"node":"n2","message":"c1.1.1"}
 *     {"index":1,"type":"ok","process":"c1","atMs":14.1,"f":"write","value":{},"node":"n2","message":"c1.1.1"}
 *
 * where `value` is the body of the message without its type. From bodies an operation takes its key and
 * what is left: `value`, `element`, `delta`, `message` or `txn` if that is all there is, `from` and
 * `to` as a pair, nothing as null, anything else as it is.
 *
 * A line of type `fault` is a fault interval, one of type `event` is an event that a node reported.
 */
import type { HistoryEntry, Json } from '@faultline/protocol';
import type { FaultInterval, History, NodeEvent, OperationStamps } from '../operation.ts';
import { badHistory, type Entry, pair, readEntryType, unpair } from './entry.ts';

/** The history of entries that were read already. */
export function historyOfEntries(entries: readonly HistoryEntry[]): History {
  return { operations: pair(entries.map((entry, i) => entryOf({ ...entry }, `entry ${i + 1}`))) };
}

export function readLines(text: string): History {
  const entries: Entry[] = [];
  const faults: FaultInterval[] = [];
  const events: NodeEvent[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const where = `line ${i + 1}`;
    const object = parseObject(line, where);
    if (object.type === 'fault') faults.push(readFault(object, where));
    else if (object.type === 'event') events.push(readEvent(object, where));
    else entries.push(entryOf(object, where));
  }
  return {
    operations: pair(entries),
    ...(faults.length === 0 ? {} : { faults }),
    ...(events.length === 0 ? {} : { events }),
  };
}

export function writeLines({ operations, faults = [], events = [] }: History): string {
  const lines = unpair(operations).map((entry, index) => {
    const { type, process, atMs, f, node, message, stamps, error } = entry;
    return { index, type, process, atMs, f, value: bodyOf(entry), node, message, stamps, error };
  });
  const all = [
    ...lines,
    ...faults.map((fault) => ({ type: 'fault', ...fault })),
    ...events.map((event) => ({ type: 'event', ...event })),
  ];
  return all.map((line) => `${JSON.stringify(line)}\n`).join('');
}

export function parseObject(line: string, where: string): Record<string, unknown> {
  let object: unknown;
  try {
    object = JSON.parse(line);
  } catch (error) {
    throw badHistory(where, `not JSON: ${(error as Error).message}`);
  }
  if (typeof object !== 'object' || object === null || Array.isArray(object)) {
    throw badHistory(where, `an entry is an object, not ${line.trim().slice(0, 40)}`);
  }
  return object as Record<string, unknown>;
}

function entryOf(line: Record<string, unknown>, where: string): Entry {
  const { process, f, atMs, value = {}, node, message, stamps, error } = line;
  if (typeof process !== 'string' || typeof f !== 'string' || typeof atMs !== 'number') {
    throw badHistory(where, 'an entry has a process and an f, which are texts, and atMs, a number');
  }
  const type = readEntryType(line.type, where);
  const { key, rest } = readBody(value as Json, type === 'invoke' || type === 'ok');
  return {
    type,
    process,
    f,
    ...(type === 'invoke' && key !== undefined ? { key } : {}),
    value: rest,
    atMs,
    ...(typeof message === 'string' ? { message } : {}),
    ...(typeof node === 'string' ? { node } : {}),
    ...(stamps === undefined ? {} : { stamps: stamps as OperationStamps }),
    ...(error === undefined || error === null ? {} : { error: readError(error) }),
    where,
  };
}

/** Codes are numbers here; a tool's own code, which is a name, goes into the text. */
function readError(error: unknown): { code: number; text: string } {
  const { code, text = '' } = error as { code?: unknown; text?: unknown };
  if (typeof code === 'number') return { code, text: String(text) };
  return { code: -1, text: [code, text].filter((part) => part !== undefined).join(': ') };
}

const wrappers = ['value', 'element', 'delta', 'message', 'txn'];

function readBody(body: Json, unwraps: boolean): { key?: string | number; rest: Json } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return { rest: body };
  const { key, ...rest } = body as Record<string, Json>;
  if (key !== undefined && typeof key !== 'string' && typeof key !== 'number') {
    return { rest: body };
  }
  const found = key === undefined ? {} : { key };
  const names = Object.keys(rest);
  if (!unwraps || names.length === 0) return { ...found, rest: names.length === 0 ? null : rest };
  if (names.length === 1 && wrappers.includes(names[0]!)) {
    return { ...found, rest: rest[names[0]!]! };
  }
  if (names.length === 2 && rest.from !== undefined && rest.to !== undefined) {
    return { ...found, rest: [rest.from, rest.to] };
  }
  return { ...found, rest };
}

function bodyOf({ type, f, key, value }: Entry): Json {
  const named = key === undefined || type !== 'invoke' ? {} : { key };
  if (value === null) return named;
  if (f === 'txn') return { ...named, txn: value };
  if (f === 'cas' && Array.isArray(value) && value.length === 2) {
    return { ...named, from: value[0], to: value[1] };
  }
  return { ...named, value };
}

function readFault(object: Record<string, unknown>, where: string): FaultInterval {
  const { fromMs, toMs = null, what, nodes, hits, membership } = object as unknown as FaultInterval;
  if (typeof fromMs !== 'number' || typeof what !== 'string') {
    throw badHistory(where, 'a fault has fromMs, a number, and what, a text');
  }
  return {
    fromMs,
    toMs,
    what,
    ...(nodes === undefined ? {} : { nodes }),
    ...(hits === undefined ? {} : { hits }),
    ...(membership === undefined ? {} : { membership }),
  };
}

function readEvent(object: Record<string, unknown>, where: string): NodeEvent {
  const { node, incarnation, name, data = {}, atMs } = object as unknown as NodeEvent;
  if (typeof node !== 'string' || typeof name !== 'string' || typeof atMs !== 'number') {
    throw badHistory(where, 'an event has node and name, which are texts, and atMs, a number');
  }
  if (typeof data !== 'object' || data === null) {
    throw badHistory(where, 'the data of an event are fields');
  }
  return { node, name, data, atMs, ...(incarnation === undefined ? {} : { incarnation }) };
}
