/**
 * The history of the clients' operations, as Jepsen, Knossos and Elle read it: EDN with one operation a
 * line, or the JSON array that elle-cli takes.
 *
 * A Jepsen process does one thing at a time, and is never heard of again once an operation of it ended
 * in `info`. A client here may ask several things at once, so its operations are dealt out to processes:
 * each to the first that is free. What was not answered when the recording ended stays open.
 *
 * `value` is the body as the program knows it. A checker of a certain kind (a register, transactions of
 * reads and appends) wants values of that kind, and the program has to speak them.
 */
import type { HistoryEntry, Json } from '@faultline/protocol';
import type { Run } from '../run.ts';
import { inPieces, joined } from './pieces.ts';
import { type Selection, select } from './select.ts';

interface Operation {
  readonly index: number;
  readonly type: HistoryEntry['type'];
  readonly process: number;
  /** Nanoseconds of true time since the run began. */
  readonly time: number;
  readonly f: string;
  readonly value: Json;
  readonly error?: readonly [number | string, string];
  /** Who was asked, by whom, with which message. */
  readonly node: string;
  readonly client: string;
  readonly message: string | null;
}

export function* toJepsenEdn(run: Run, selection?: Selection): Generator<string> {
  yield* inPieces(lines(operations(run, selection)));
}

function* lines(all: Iterable<Operation>): Generator<string> {
  for (const operation of all) yield `${ednOperation(operation)}\n`;
}

export function* toJepsenJson(run: Run, selection?: Selection): Generator<string> {
  yield* inPieces(joined('[', texts(operations(run, selection)), ',\n', ']\n'));
}

function* texts(all: Iterable<Operation>): Generator<string> {
  for (const operation of all) yield JSON.stringify(operation);
}

function* operations(run: Run, selection?: Selection): Generator<Operation> {
  const selected = select(run, selection);
  /** By client, each process's open operation; null: free. */
  const lanes: { readonly client: string; open: string | null; isOver: boolean }[] = [];
  let index = 0;
  for (const entry of run.history) {
    const { type, process: client, atMs, f, value, node, message, error } = entry;
    if (!isSelected(run, selected, entry)) continue;
    const key = operationOf(entry);
    let number = lanes.findIndex((lane) => lane.client === client && lane.open === key);
    if (type === 'invoke') {
      number = lanes.findIndex(
        (lane) => lane.client === client && lane.open === null && !lane.isOver,
      );
      if (number < 0) number = lanes.push({ client, open: null, isOver: false }) - 1;
      lanes[number]!.open = key;
    } else {
      // Of one that had no number yet when it began.
      const unsent = operationOf({ ...entry, message: null });
      if (number < 0) {
        number = lanes.findIndex((lane) => lane.client === client && lane.open === unsent);
      }
      // The end of what was never begun: the history was cut.
      if (number < 0) continue;
      lanes[number]!.open = null;
      lanes[number]!.isOver = type === 'info';
    }
    yield {
      index: index++,
      type,
      process: number,
      time: Math.round(atMs * 1e6),
      f,
      value: value as Json,
      ...(error === undefined ? {} : { error: [error.code, error.text] as const }),
      node,
      client,
      message,
    };
  }
}

function isSelected(run: Run, selected: ReturnType<typeof select>, entry: HistoryEntry): boolean {
  if (selected.isAll) return true;
  const message = entry.message === null ? -1 : run.findMessage(entry.message);
  return message >= 0 && selected.message(message);
}

/** What an invocation and its end have in common; one that never left has no message. */
function operationOf({ message, node, f }: HistoryEntry): string {
  return message ?? `${node} ${f}`;
}

function ednOperation({ type, f, value, error, ...rest }: Operation): string {
  const { index, process: lane, time, node, client, message } = rest;
  const parts = [
    `:index ${index}`,
    `:type :${type}`,
    `:process ${lane}`,
    `:time ${time}`,
    `:f ${keyword(f) ?? JSON.stringify(f)}`,
    `:value ${toEdn(value)}`,
    ...(error === undefined ? [] : [`:error [${toEdn(error[0])} ${toEdn(error[1])}]`]),
    `:node ${toEdn(node)}`,
    `:client ${toEdn(client)}`,
    `:message ${toEdn(message)}`,
  ];
  return `{${parts.join(', ')}}`;
}

function toEdn(value: Json | undefined): string {
  if (value === null || value === undefined) return 'nil';
  if (typeof value === 'string') return ednString(value);
  if (typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(toEdn).join(' ')}]`;
  const entries = Object.entries(value).map(
    ([key, each]) => `${keyword(key) ?? ednString(key)} ${toEdn(each)}`,
  );
  return `{${entries.join(', ')}}`;
}

const controls: Readonly<Record<string, string>> = { '\\b': '\\u0008', '\\f': '\\u000c' };

/** EDN knows the escapes of JSON, but for those of \b, \f and other control characters. */
function ednString(text: string): string {
  return JSON.stringify(text).replaceAll(/\\(?:[bf]|\\)/g, (found) => controls[found] ?? found);
}

/** Undefined where the text is no symbol. */
function keyword(text: string): string | undefined {
  return /^[A-Za-z_*!?$%&=<>][\w.*+!\-?$%&=<>]*$/.test(text) ? `:${text}` : undefined;
}
