/**
 * Lists to which transactions append: every read shows the whole order of what it saw.
 *
 * After K. Kingsbury, P. Alvaro, "Elle: Inferring Isolation Anomalies from Experimental
 * Observations", VLDB 2020. The longest list that was read of a key is the order of its
 * versions; each read must be a beginning of it. Neighbours in it are write dependencies, a read of a
 * version depends on the version's writer, and the writer of the next version depends on that read.
 *
 * One thing more than in the paper: an append that committed and is in no list that was read is
 * after all that was read, because later lists continue earlier ones. So a lost append shows, as a
 * cycle with the transactions that did not see it.
 *
 * Where the reads of a key cannot be put in line, no order is inferred for that key.
 */
import type { Json } from '@faultline/protocol';
import { shown } from '../shown.ts';
import { AntiDependencies, type Dependencies } from './dependencies.ts';
import { Findings } from './findings.ts';
import { EdgeList, RW, WR, WW } from './graph.ts';
import { LostUpdates } from './lost-updates.ts';
import { isFailed, type Key, listOf, NO_WRITER, type Table } from './table.ts';

interface Read {
  readonly transaction: number;
  readonly step: number;
  readonly list: readonly Json[];
  /** The first that its transaction does with the key. */
  readonly isExternal: boolean;
  /** It contradicts its transaction, so that it shows what others did. */
  readonly isSecond: boolean;
}

/** All that is known of one key. */
interface ListKey {
  readonly key: Key;
  readonly writeOf: ReadonlyMap<Json, number>;
  readonly reads: Read[];
  longest: Read | null;
}

export function readAppends(table: Table): Dependencies {
  const findings = new Findings();
  const edges = new EdgeList();
  const anti = new AntiDependencies(table, edges);
  /** By number of write: where it is in the order of its key. */
  const position = new Int32Array(table.writer.length).fill(-1);
  const keys = collectReads(table, findings);
  const unseen: number[][] = keys.map(() => []);
  const lost = new LostUpdates(table, findings);

  const ordered: { listKey: ListKey; order: readonly number[] }[] = [];
  for (const listKey of keys) {
    const order = orderOf(listKey, table, findings);
    if (order === null) continue;
    for (const [i, write] of order.entries()) if (write >= 0) position[write] = i;
    ordered.push({ listKey, order });
  }
  // An unknown transaction of which one append was read has committed, and so have its others.
  const hasCommitted = Uint8Array.from(table.operations, ({ type }) => (type === 'ok' ? 1 : 0));
  for (let write = 0; write < table.writer.length; write++) {
    const n = table.writer[write]!;
    if (position[write]! >= 0 && !isFailed(table, n)) hasCommitted[n] = 1;
  }
  for (let write = 0; write < table.writer.length; write++) {
    const k = table.writtenKey[write]!;
    const isKnown = table.writeOf[k]!.get(table.written[write]!) === write;
    const isCommitted = hasCommitted[table.writer[write]!] === 1;
    if (position[write] === -1 && isKnown && isCommitted) unseen[k]!.push(write);
  }
  for (const { listKey, order } of ordered) {
    readsOfFailed(listKey, order, table, findings);
    connect(listKey, order, unseen[table.keyNumbers.get(listKey.key)!]!, table, anti, lost);
    for (const read of listKey.reads) futureReads(read, listKey.key, position, table, findings);
  }
  return {
    edges,
    findings,
    nodeCount: anti.nodeCount,
    because: (kind, from, to, why) => because(kind, from, to, why, table, keys, position),
  };
}

const showsOthers = ({ isExternal, isSecond }: Read): boolean => isExternal || isSecond;

/** Gathers the reads of each key, and finds transactions that disagree with themselves. */
function collectReads(table: Table, findings: Findings): ListKey[] {
  const keys = table.keys.map(
    (key, k): ListKey => ({ key, writeOf: table.writeOf[k]!, reads: [], longest: null }),
  );
  /** What the current transaction knows of each key; stale if `owner` is another one. */
  const owner = new Int32Array(keys.length).fill(-1);
  const base: (readonly Json[] | null)[] = keys.map(() => null);
  const own: Json[][] = keys.map(() => []);
  for (const [n, steps] of table.steps.entries()) {
    if (table.isRead[n] === 0) continue;
    for (let i = 0; i < steps.length; i++) {
      const [f, key, value] = steps[i]!;
      const k = table.keyNumbers.get(key)!;
      const isFirst = owner[k] !== n;
      if (isFirst) {
        owner[k] = n;
        base[k] = null;
        if (own[k]!.length > 0) own[k] = [];
      }
      if (f !== 'r') {
        own[k]!.push(value);
        continue;
      }
      const list = listOf(value);
      const contradiction = isFirst ? null : contradicts(list, base[k]!, own[k]!);
      if (contradiction !== null) {
        const { index } = table.operations[n]!;
        findings.add('internal', [index], () => [
          `T${index} read ${shown(key)} as ${shownList(list)}, but ${contradiction}`,
        ]);
      }
      base[k] = list;
      if (own[k]!.length > 0) own[k] = [];
      const listKey = keys[k]!;
      const isSecond = contradiction !== null;
      const seen = isSecond ? withoutOwn(n, i, list, listKey, table, findings) : list;
      const read = { transaction: n, step: i, list: seen, isExternal: isFirst, isSecond };
      listKey.reads.push(read);
      if (listKey.longest === null || seen.length > listKey.longest.list.length) {
        listKey.longest = read;
      }
    }
  }
  return keys;
}

/**
 * What a read that contradicts its transaction shows of the order of versions: nothing from the first
 * element on that the transaction appended itself, as that may be in a copy of its own. Of what comes
 * after it shows only what each element shows alone.
 */
function withoutOwn(
  n: number,
  step: number,
  list: readonly Json[],
  { key, writeOf }: ListKey,
  table: Table,
  findings: Findings,
): readonly Json[] {
  const writes = list.map((value) => writeOf.get(value));
  const first = writes.findIndex((write) => write !== undefined && table.writer[write] === n);
  if (first < 0) return list;
  const read = { transaction: n, step, list, isExternal: false, isSecond: true };
  for (const [i, write] of writes.entries()) {
    if (i <= first) continue;
    if (write === undefined) unwritten(read, list[i]!, key, table, findings);
    else if (write >= 0 && isFailed(table, table.writer[write]!)) {
      aborted(read, write, key, table, findings);
    }
  }
  return list.slice(0, first);
}

/** What the transaction knew already and this list denies, or null. */
function contradicts(
  list: readonly Json[],
  base: readonly Json[] | null,
  own: readonly Json[],
): string | null {
  const appended = `had itself appended ${own.map(shown).join(', ')}`;
  const before = list.length - own.length;
  for (let i = 0; i < own.length; i++) if (list[before + i] !== own[i]) return `it ${appended}`;
  if (base === null) return null;
  if (before === base.length && base.every((value, i) => list[i] === value)) return null;
  const had = `it had read ${shownList(base)}`;
  return own.length === 0 ? `${had} before` : `${had} and ${appended}`;
}

/** The writes of a key in order, as far as they were read; null where no order fits the reads. */
function orderOf(listKey: ListKey, table: Table, findings: Findings): readonly number[] | null {
  const { key, longest, reads, writeOf } = listKey;
  if (longest === null) return [];
  let isClean = true;
  for (const read of reads) {
    if (isBeginning(read.list, longest.list)) continue;
    isClean = false;
    if (duplicateIn(read.list) !== undefined) duplicates(read, key, table, findings);
    const pair = [read, longest].map(({ transaction }) => table.operations[transaction]!.index);
    findings.add('incompatible-order', pair, () => [
      `T${pair[0]} read ${shown(key)} as ${shownList(read.list)}`,
      `T${pair[1]} read it as ${shownList(longest.list)}`,
      'neither list is a prefix of the other, so no single history of the key has both',
    ]);
  }
  if (duplicateIn(longest.list) !== undefined) {
    isClean = false;
    duplicates(longest, key, table, findings);
  }
  const dirtyReads = isClean ? [longest] : reads;
  for (const read of dirtyReads) {
    for (const value of read.list) {
      if (writeOf.has(value)) continue;
      isClean = false;
      unwritten(read, value, key, table, findings);
    }
  }
  if (isClean) return longest.list.map((value) => writeOf.get(value)!);
  for (const read of reads) dirtyRead(read, listKey, table, findings);
  return null;
}

function unwritten(read: Read, value: Json, key: Key, table: Table, findings: Findings): void {
  const { index } = table.operations[read.transaction]!;
  findings.add('unwritten', [index], () => [
    `T${index} read ${shown(key)} as ${shownList(read.list)}, but no transaction appended ${shown(value)} to it`,
  ]);
}

function duplicates(read: Read, key: Key, table: Table, findings: Findings): void {
  const { index } = table.operations[read.transaction]!;
  findings.add('duplicate-elements', [index], () => [
    `T${index} read ${shown(key)} as ${shownList(read.list)}, with ${shown(duplicateIn(read.list))} in it twice`,
  ]);
}

/** Aborted and intermediate reads of a key whose order is unknown, which each list shows alone. */
function dirtyRead(read: Read, { key, writeOf }: ListKey, table: Table, findings: Findings): void {
  const writes = read.list.map((value) => writeOf.get(value) ?? NO_WRITER);
  for (const write of writes) {
    if (write >= 0 && isFailed(table, table.writer[write]!))
      aborted(read, write, key, table, findings);
  }
  if (showsOthers(read)) intermediate(read, writes.at(-1) ?? NO_WRITER, key, table, findings);
}

/** Aborted and intermediate reads, and writes on top of aborted ones, of a key in good order. */
function readsOfFailed(
  { key, reads }: ListKey,
  order: readonly number[],
  table: Table,
  findings: Findings,
): void {
  let firstFailed = order.length;
  for (let i = 0; i < order.length; i++) {
    const write = order[i]!;
    if (write < 0) continue;
    if (isFailed(table, table.writer[write]!)) firstFailed = Math.min(firstFailed, i);
    else if (i > firstFailed && table.operations[table.writer[write]!]!.type === 'ok') {
      const [failed, committed] = [order[firstFailed]!, write].map(
        (one) => table.operations[table.writer[one]!]!.index,
      ) as [number, number];
      findings.add('dirty-update', [failed, committed], () => [
        `T${failed} appended ${shown(table.written[order[firstFailed]!])} to ${shown(key)} and failed`,
        `T${committed} committed ${shown(table.written[write])} after it in the same list`,
      ]);
    }
  }
  for (const read of reads) {
    const length = read.list.length;
    if (length > firstFailed) aborted(read, order[firstFailed]!, key, table, findings);
    if (showsOthers(read) && length > 0)
      intermediate(read, order[length - 1]!, key, table, findings);
  }
}

function aborted(read: Read, write: number, key: Key, table: Table, findings: Findings): void {
  const reader = table.operations[read.transaction]!.index;
  const writer = table.operations[table.writer[write]!]!.index;
  findings.add('G1a', [reader, writer], () => [
    `T${writer} appended ${shown(table.written[write])} to ${shown(key)} and failed`,
    `T${reader} read it: ${shownList(read.list)}`,
  ]);
}

function intermediate(read: Read, write: number, key: Key, table: Table, findings: Findings): void {
  if (write < 0 || table.isFinal[write] || table.writer[write] === read.transaction) return;
  const reader = table.operations[read.transaction]!.index;
  const writer = table.operations[table.writer[write]!]!.index;
  findings.add('G1b', [reader, writer], () => [
    `T${writer} appended more to ${shown(key)} after ${shown(table.written[write])}`,
    `T${reader} read the state in the middle of T${writer}: ${shownList(read.list)}`,
  ]);
}

function futureReads(
  read: Read,
  key: Key,
  position: Int32Array,
  table: Table,
  findings: Findings,
): void {
  const steps = table.steps[read.transaction]!;
  const k = table.keyNumbers.get(key)!;
  for (let i = read.step + 1; i < steps.length; i++) {
    const [f, later, value] = steps[i]!;
    if (f === 'r' || later !== key) continue;
    const write = table.writeOf[k]!.get(value)!;
    if (write < 0 || position[write]! < 0 || position[write]! >= read.list.length) continue;
    const { index } = table.operations[read.transaction]!;
    findings.add('future-read', [index], () => [
      `T${index} read ${shown(key)} as ${shownList(read.list)} and only then appended ${shown(value)} to it`,
    ]);
  }
}

function connect(
  { reads, key }: ListKey,
  order: readonly number[],
  unseen: readonly number[],
  table: Table,
  anti: AntiDependencies,
  lost: LostUpdates,
): void {
  const { writer } = table;
  const { edges } = anti;
  const isGood = (write: number): boolean => write >= 0 && !isFailed(table, writer[write]!);
  /** By position: the first good write there or after. */
  const next = new Int32Array(order.length + 1).fill(NO_WRITER);
  for (let i = order.length - 1; i >= 0; i--)
    next[i] = isGood(order[i]!) ? order[i]! : next[i + 1]!;
  let last = NO_WRITER;
  for (const write of order) {
    if (!isGood(write)) continue;
    if (last >= 0 && writer[last] !== writer[write]) {
      edges.add(writer[last]!, writer[write]!, WW, write);
    }
    last = write;
  }
  if (last >= 0) {
    for (const write of unseen) {
      if (writer[write] !== writer[last]) edges.add(writer[last]!, writer[write]!, WW, write);
    }
  }
  const readersOfLast: number[] = [];
  for (const read of reads) {
    if (!showsOthers(read)) continue;
    const { isExternal, transaction, list } = read;
    const { length } = list;
    if (isExternal) lost.read(transaction, key, length);
    if (length > 0) {
      const seen = order[length - 1]!;
      if (isGood(seen) && writer[seen] !== transaction) {
        edges.add(writer[seen]!, transaction, WR, seen);
      }
    }
    if (!isExternal) continue;
    const after = next[length]!;
    if (after < 0) readersOfLast.push(transaction);
    else if (writer[after] !== transaction) edges.add(transaction, writer[after]!, RW, after);
  }
  anti.add(readersOfLast, unseen);
  lost.endOfKey();
}

function because(
  kind: 'ww' | 'wr' | 'rw',
  from: number,
  to: number,
  why: number,
  table: Table,
  keys: readonly ListKey[],
  position: Int32Array,
): string {
  const [a, b] = [from, to].map((n) => `T${table.operations[n]!.index}`) as [string, string];
  const { key, longest, reads } = keys[table.writtenKey[why]!]!;
  const name = shown(key);
  const value = shown(table.written[why]);
  if (kind === 'wr') {
    const list = reads.find(
      (read) =>
        read.transaction === to && showsOthers(read) && read.list.at(-1) === table.written[why],
    )!.list;
    return `${a} appended ${value} to ${name} and ${b} read it as ${shownList(list)}, so ${b} is after ${a}`;
  }
  if (kind === 'rw') {
    const list = reads.find(
      ({ transaction, isExternal }) => transaction === from && isExternal,
    )!.list;
    return `${a} read ${name} as ${shownList(list)}, without the ${value} that ${b} appended, so ${b} is after ${a}`;
  }
  const witness = longest === null ? '' : `T${table.operations[longest.transaction]!.index} read `;
  const seen = longest?.list ?? [];
  const at = position[why]!;
  if (at < 0) {
    return `${a} appended to ${name} what ${witness}as ${shownList(seen)}, and ${b} appended ${value}, which is not yet in it, so ${b} is after ${a}`;
  }
  const before = seen
    .slice(0, at)
    .findLast((one) => table.writer[keys[table.writtenKey[why]!]!.writeOf.get(one)!] === from);
  return `${a} appended ${shown(before)} to ${name} and ${b} appended ${value}, which ${witness}in this order: ${shownList(seen.slice(0, at + 1))}; so ${b} is after ${a}`;
}

function isBeginning(list: readonly Json[], whole: readonly Json[]): boolean {
  if (list === whole) return true;
  for (let i = list.length - 1; i >= 0; i--) if (list[i] !== whole[i]) return false;
  return true;
}

function duplicateIn(list: readonly Json[]): Json | undefined {
  const seen = new Set<Json>();
  for (const value of list) {
    if (seen.has(value)) return value;
    seen.add(value);
  }
  return undefined;
}

const shownElements = 6;

/** A list as it fits into a line: its end, which is where things happen. */
function shownList(list: readonly Json[]): string {
  const end = list.slice(-shownElements).map(shown).join(', ');
  return list.length > shownElements ? `[… ${end}]` : `[${end}]`;
}
