/**
 * Reads Jepsen's histories: a map for each entry, in EDN (`history.edn`, one after another or in one vector)
 * or in JSON (an array, or one a line), as elle-cli and others take them:
 *
 *     {:index 0, :type :invoke, :process 0, :time 3291485317, :f :write, :value 3}
 *
 * Times are nanoseconds; without them an entry's place stands for its time. Of transactions the end alone is
 * enough, as Elle's examples have it: `{:type :ok, :value [[:append :x 1]]}`. Where keys are independent
 * a value is `[key value]`, and nothing in the file says so: the option `keyed` does. A `:key` of its own
 * is understood as well, and `nil` there is none. A `:client` of its own names the client of which the
 * process is a part. Entries of the nemesis become fault intervals.
 */
import type { Json } from '@faultline/protocol';
import { canonicalText } from '../canonical.ts';
import type { FaultInterval, History, OperationStamps } from '../operation.ts';
import { printEdn, readEdn } from './edn.ts';
import { badHistory, type Entry, pair, readEntryType } from './entry.ts';
import { parseObject } from './lines.ts';

export interface JepsenOptions {
  /** Values are pairs of a key and a value. */
  readonly keyed?: boolean;
}

/** An entry as it was read, and where. */
export interface Place {
  readonly value: unknown;
  readonly where: string;
}

export function readJepsenEdn(text: string, options: JepsenOptions = {}): History {
  return historyOf(
    readEdn(text).map(({ value, line }) => ({ value, where: `line ${line}` })),
    options,
  );
}

export function readJepsenJson(text: string, options: JepsenOptions = {}): History {
  if (!text.trimStart().startsWith('[')) {
    const places = text.split('\n').flatMap((line, i) => {
      const where = `line ${i + 1}`;
      return line.trim() === '' ? [] : [{ value: parseObject(line, where), where }];
    });
    return historyOf(places, options);
  }
  let array: unknown[];
  try {
    array = JSON.parse(text) as unknown[];
  } catch (error) {
    throw badHistory(`line ${lineOfError(text)}`, `not JSON: ${(error as Error).message}`);
  }
  return historyOf(
    array.map((value, i) => ({ value, where: `entry ${i + 1}` })),
    options,
  );
}

/** The first line with which a text that is not JSON is more than only unfinished. */
function lineOfError(text: string): number {
  const lines = text.split('\n');
  let low = 1;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isUnfinished(lines.slice(0, middle).join('\n'))) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isUnfinished(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    return /end of JSON|Unterminated/.test((error as Error).message);
  }
}

/** The history of entries whose fields have not been validated yet. */
export function historyOf(places: readonly Place[], { keyed = false }: JepsenOptions): History {
  const entries: Entry[] = [];
  const nemesis: { f: string; value: Json; atMs: number }[] = [];
  const isOutcomes = onlyOutcomes(places);
  const isTimed = !isOutcomes && places.some(({ value }) => isMap(value) && hasTime(value));
  for (const [i, { value: object, where }] of places.entries()) {
    if (!isMap(object)) {
      throw badHistory(where, `an entry is a map, not ${canonicalText(object).slice(0, 40)}`);
    }
    if (isTimed && !hasTime(object)) {
      throw badHistory(
        where,
        'other entries have a time, this one has none: give it one, or take it from all',
      );
    }
    const { type, f = 'txn', value = null, time, error } = object as Named;
    const { process = isOutcomes ? `transaction ${i}` : undefined } = object as Named;
    const { key, client, node, stamps } = object as Named;
    if (typeof process !== 'number' && typeof process !== 'string') {
      throw badHistory(where, `an entry has a process, not ${canonicalText(process)}`);
    }
    if (typeof f !== 'string') throw badHistory(where, `f is a name, not ${canonicalText(f)}`);
    const atMs = isOutcomes ? 0 : isTimed ? Number(time) / 1e6 : i;
    if (process === 'nemesis') {
      nemesis.push({ f, value, atMs });
      continue;
    }
    const found = keyed && key === undefined ? readKeyed(value, where) : { key, value };
    const entry: Entry = {
      type: readEntryType(type, where),
      ...(typeof client === 'string'
        ? { process: client, message: String(process) }
        : { process: String(process) }),
      f,
      ...(found.key === undefined || found.key === null ? {} : { key: found.key }),
      value: found.value,
      atMs,
      ...(typeof node === 'string' ? { node } : {}),
      ...(isMap(stamps) ? { stamps } : {}),
      ...(error === undefined ? {} : { error: readError(error) }),
      where,
    };
    if (isOutcomes) entries.push({ ...entry, type: 'invoke' });
    entries.push(entry);
  }
  const operations = pair(entries, (f) => echoed.has(f));
  const faults = faultsOf(nemesis);
  return faults.length === 0 ? { operations } : { operations, faults };
}

/**
 * Elle takes transactions without their beginnings, and without processes: all are at the same time then,
 * those of one process in their order.
 */
const onlyOutcomes = (places: readonly Place[]): boolean =>
  places.length > 0 &&
  places.every(({ value }) => {
    if (!isMap(value)) return false;
    const { type, f = 'txn', process } = value as Named;
    return f === 'txn' && type !== 'invoke' && process !== 'nemesis';
  });

interface Named {
  readonly type?: unknown;
  readonly process?: unknown;
  readonly f?: unknown;
  readonly value?: Json;
  readonly time?: unknown;
  readonly key?: string | number | null;
  readonly error?: Json;
  readonly client?: unknown;
  readonly node?: unknown;
  readonly stamps?: OperationStamps;
}

/**
 * Operations that change state. Jepsen ends such an operation with the value that it began with, which says
 * nothing; of anything else, such as a dequeue, that value may have been filled in from the answer.
 */
const echoed: ReadonlySet<string> = new Set([
  'write',
  'put',
  'cas',
  'append',
  'delete',
  'add',
  'increment',
  'decrement',
  'remove',
  'enqueue',
  'release',
  'use',
  'transfer',
  'broadcast',
  'send',
]);

const hasTime = (entry: object): boolean => 'time' in entry && typeof entry.time === 'number';

const isMap = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function readKeyed(value: Json, where: string): { key?: string | number; value: Json } {
  if (value === null) return { value };
  if (!Array.isArray(value) || value.length !== 2) {
    throw badHistory(where, `a value of a history by key is [key value], not ${printEdn(value)}`);
  }
  const [key, rest] = value as [Json, Json];
  if (typeof key !== 'string' && typeof key !== 'number') {
    throw badHistory(where, `a key is a text or a number, not ${printEdn(key)}`);
  }
  return { key, value: rest };
}

function readError(error: Json): { code: number; text: string } {
  if (typeof error === 'object' && error !== null && 'code' in error && 'text' in error) {
    return { code: Number(error.code), text: String(error.text) };
  }
  const [first, second] = Array.isArray(error) ? error : [error];
  // Clients for Maelstrom's errors answer [code text].
  if (typeof first === 'number') return { code: first, text: String(second ?? '') };
  if (typeof first === 'string' && typeof second === 'string') {
    return { code: -1, text: `${first}: ${second}` };
  }
  return { code: -1, text: typeof error === 'string' ? error : printEdn(error) };
}

/** Beginnings and ends of faults go by their names: `start-partition` … `stop-partition`, `kill` … `start`. */
const ends: Readonly<Record<string, string>> = {
  stop: 'start',
  start: 'kill',
  resume: 'pause',
  heal: 'partition',
};

function faultsOf(
  entries: readonly { f: string; value: Json; atMs: number }[],
): readonly FaultInterval[] {
  const faults: FaultInterval[] = [];
  const begun = new Map<string, number>();
  const invoked = new Set<string>();
  const endOne = (name: string, atMs: number): boolean => {
    const at = begun.get(name);
    if (at === undefined) return false;
    faults[at] = { ...faults[at]!, toMs: atMs };
    begun.delete(name);
    return true;
  };
  for (const { f, value, atMs } of entries) {
    // Both entries of a nemesis operation are `info`: the first is where it began.
    if (!invoked.delete(f)) {
      invoked.add(f);
      const [, verb, what] = /^(start|stop|heal|resume)-(.+)$/.exec(f) ?? [];
      if (verb !== undefined && verb !== 'start') continue;
      if (verb === undefined && ends[f] !== undefined && begun.has(ends[f])) continue;
      const name = what ?? f;
      if (begun.has(name)) continue;
      begun.set(name, faults.push({ fromMs: atMs, toMs: null, ...describedBy(name, value) }) - 1);
      continue;
    }
    const [, verb, what] = /^(start|stop|heal|resume)-(.+)$/.exec(f) ?? [];
    if (verb !== undefined && verb !== 'start') endOne(what!, atMs);
    else if (verb === undefined && ends[f] !== undefined) endOne(ends[f], atMs);
  }
  return faults;
}

/** The nemesis of our own writer describes its faults. */
function describedBy(name: string, value: Json): Omit<FaultInterval, 'fromMs' | 'toMs'> {
  const { what, nodes, hits, membership } = (isMap(value) ? value : {}) as Partial<FaultInterval>;
  if (typeof what !== 'string') {
    return { what: value === null ? name : `${name} ${printEdn(value)}` };
  }
  return {
    what,
    ...(nodes === undefined ? {} : { nodes }),
    ...(hits === undefined ? {} : { hits }),
    ...(membership === undefined ? {} : { membership }),
  };
}
