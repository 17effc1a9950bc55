/**
 * Writes Jepsen's histories: of operations, with their faults as operations of the nemesis, and of the
 * entries of a recording, whose values are then the bodies as the program knows them.
 *
 * Beside Jepsen's own fields each entry has its `:client`, because a client may be several processes,
 * and the `:node` that was asked. Where keys are independent a value is `[key value]`, and an entry of
 * such a history that has no key says so with `:key nil`.
 */
import type { HistoryEntry, Json } from '@faultline/protocol';
import type { FaultInterval, History } from '../operation.ts';
import { Keyword, keywordOf, printEdn } from './edn.ts';
import { unpair } from './entry.ts';
import { onProcesses } from './processes.ts';

export type JepsenFormat = 'edn' | 'json';

/** An entry in the order of its fields; what is undefined is omitted. */
interface Written {
  readonly type: string;
  readonly process: number | 'nemesis';
  /** Nanoseconds. */
  readonly time: number;
  readonly f: string;
  readonly key?: null | undefined;
  readonly value: unknown;
  readonly error?: readonly [code: number | string, text: string] | undefined;
  readonly node?: string | undefined;
  readonly client?: string | undefined;
  readonly message?: string | null | undefined;
  readonly stamps?: object | undefined;
}

export function writeJepsen(history: History, format: JepsenFormat): string {
  const { operations, faults = [] } = history;
  const isKeyed = operations.some(({ key }) => key !== undefined);
  const written = [...onProcesses(unpair(operations))].map(([entry, process]): Written => {
    const { type, f, key, value, atMs, error, node, process: client, stamps } = entry;
    return {
      type,
      process,
      time: nanoseconds(atMs),
      f,
      ...(isKeyed && key === undefined ? { key: null } : {}),
      value: key === undefined ? value : [key, value],
      error: errorOf(error),
      node,
      client,
      stamps,
    };
  });
  // What happened at the same time keeps its order.
  const all = [...faults.flatMap(nemesis), ...written].sort((a, b) => a.time - b.time);
  return [...printed(all, format)].join('');
}

/** The entries of a recording, in small texts. Omits ends whose beginning is not there. */
export function* writeJepsenEntries(
  entries: Iterable<HistoryEntry>,
  format: JepsenFormat,
): Generator<string> {
  yield* printed(recorded(entries), format);
}

function* recorded(entries: Iterable<HistoryEntry>): Generator<Written> {
  for (const [entry, process] of onProcesses(entries)) {
    const { type, f, value, atMs, error, node, process: client, message } = entry;
    const time = nanoseconds(atMs);
    yield { type, process, time, f, value, error: errorOf(error), node, client, message };
  }
}

/** Each operation of the nemesis has two entries, as Jepsen writes them. */
function nemesis({ fromMs, toMs, ...value }: FaultInterval, at: number): Written[] {
  const twice = (verb: string, atMs: number): Written[] => {
    const f = `${verb}-fault-${at + 1}`;
    const entry = { type: 'info', process: 'nemesis', time: nanoseconds(atMs), f, value } as const;
    return [entry, entry];
  };
  return [...twice('start', fromMs), ...(toMs === null ? [] : twice('stop', toMs))];
}

const nanoseconds = (ms: number): number => Math.round(ms * 1e6);

const errorOf = (error: HistoryEntry['error']): Written['error'] =>
  error === undefined ? undefined : [error.code, error.text];

function* printed(entries: Iterable<Written>, format: JepsenFormat): Generator<string> {
  let index = 0;
  if (format === 'edn') {
    for (const entry of entries) yield `${printEdn(inKeywords({ index: index++, ...entry }))}\n`;
    return;
  }
  for (const entry of entries) {
    yield `${index === 0 ? '[' : ',\n'}${JSON.stringify({ index, ...entry })}`;
    index++;
  }
  yield `${index === 0 ? '[' : ''}]\n`;
}

/** EDN names things by keywords, the steps of transactions too: `[:append 3 4]`. */
function inKeywords(entry: Written & { readonly index: number }): object {
  const { type, process, f, value } = entry;
  return {
    ...entry,
    type: new Keyword(type),
    process: process === 'nemesis' ? new Keyword(process) : process,
    f: keywordOf(f),
    value: f === 'txn' ? stepsInKeywords(value as Json) : value,
  };
}

function stepsInKeywords(value: Json): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((step) =>
    Array.isArray(step) && typeof step[0] === 'string'
      ? [keywordOf(step[0]), ...step.slice(1)]
      : step,
  );
}
