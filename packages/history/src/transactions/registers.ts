/**
 * Registers that transactions read and write: a read shows which version it saw and nothing of
 * those before. So the order of versions is known in part only.
 *
 * What is always used (Elle, VLDB 2020): the initial value is before everything; and
 * where a transaction reads one version of a key and then writes the key, its version is later.
 * From the second no write dependency is made, as the read dependency between the same two
 * transactions stands beside it: so nothing is taken for a dirty write that may not be one.
 *
 * Blind writes have no order then, and G0 cannot be seen. A caller can promise more:
 *
 *   'convergent'    once a key is no longer written, reads show its last version. Where all reads
 *                   that began after the last write had ended agree, they show which one that is
 *   'linearizable'  each key is linearizable: its versions follow real time
 */
import type { Json } from '@faultline/protocol';
import type { Operation } from '../operation.ts';
import { acknowledgedMs } from '../promises/answers.ts';
import { shown } from '../shown.ts';
import { components } from './components.ts';
import { AntiDependencies, type Dependencies } from './dependencies.ts';
import { Findings } from './findings.ts';
import { EdgeList, pack, WR, WW } from './graph.ts';
import { LostUpdates } from './lost-updates.ts';
import { isFailed, type Key, NO_WRITER, type Table } from './table.ts';

export type KeyPromise = 'none' | 'convergent' | 'linearizable';

/** The version of a key before anyone wrote it; others are named by the number of their write. */
const INITIAL = NO_WRITER;

interface Register {
  readonly key: Key;
  /** Who read each version from outside, by version. */
  readonly readers: Map<number, number[]>;
  /** Last writes of transactions that did not fail: what the key's versions may be. */
  readonly versions: number[];
  /** Pairs: the second version is later than the first. Those from `promisedFrom` on are promised. */
  readonly pairs: [earlier: number, later: number][];
  promisedFrom: number;
}

export function readRegisters(table: Table, promise: KeyPromise): Dependencies {
  const findings = new Findings();
  const edges = new EdgeList();
  const anti = new AntiDependencies(table, edges);
  const lost = new LostUpdates(table, findings);
  const registers = collect(table, findings, edges);
  for (const register of registers) {
    for (const [version, readers] of register.readers) {
      for (const reader of readers) lost.read(reader, register.key, version);
    }
    lost.endOfKey();
    register.promisedFrom = register.pairs.length;
    if (promise === 'convergent') addLastVersion(register, table);
    if (promise === 'linearizable') addRealTime(register, table);
  }
  const cyclic = cyclicRegisters(registers, table);
  for (const [k, register] of registers.entries()) {
    if (cyclic.has(k)) {
      circle(register, cyclic.get(k)!, table, findings);
      continue;
    }
    const later = new Map<number, number[]>([[INITIAL, register.versions]]);
    for (const [i, [earlier, version]] of register.pairs.entries()) {
      if (earlier === INITIAL) continue;
      const [from, to] = [table.writer[earlier]!, table.writer[version]!];
      if (i >= register.promisedFrom && from !== to) edges.add(from, to, WW, version);
      const known = later.get(earlier);
      if (known === undefined) later.set(earlier, [version]);
      else known.push(version);
    }
    for (const [version, readers] of register.readers) {
      anti.add(readers, later.get(version) ?? []);
    }
  }
  return {
    edges,
    findings,
    nodeCount: anti.nodeCount,
    because: (kind, from, to, why) => because(kind, from, to, why, table, promise),
  };
}

/** Reads and versions of each key, read dependencies, and what single transactions show. */
function collect(table: Table, findings: Findings, edges: EdgeList): Register[] {
  const registers = table.keys.map(
    (key): Register => ({ key, readers: new Map(), versions: [], pairs: [], promisedFrom: 0 }),
  );
  const owner = new Int32Array(registers.length).fill(-1);
  const current: Json[] = registers.map(() => null);
  /** The version that the current transaction read from outside; undefined if no known one. */
  const external: (number | undefined)[] = registers.map(() => undefined);
  for (const [n, steps] of table.steps.entries()) {
    const isRead = table.isRead[n] === 1;
    const { index } = table.operations[n]!;
    for (const [i, [f, key, value]] of steps.entries()) {
      const k = table.keyNumbers.get(key)!;
      const register = registers[k]!;
      const isFirst = owner[k] !== n;
      if (f === 'r') {
        if (!isRead) continue;
        if (isFirst) {
          external[k] = versionRead(n, i, register, value, table, findings, edges);
          if (external[k] !== undefined) push(register.readers, external[k], n);
        } else if (current[k] !== value) {
          const had = shown(current[k]);
          findings.add('internal', [index], () => [
            `T${index} read ${shown(key)} as ${shown(value)}, but it had itself read or written ${had} before`,
          ]);
          // It saw another transaction's version, whatever it should have seen.
          versionRead(n, i, register, value, table, findings, edges);
        }
      } else {
        if (isFirst) external[k] = undefined;
        const write = table.writeOf[k]!.get(value)!;
        if (write >= 0 && table.isFinal[write] && !isFailed(table, n)) {
          register.versions.push(write);
          if (external[k] !== undefined) register.pairs.push([external[k], write]);
        }
      }
      owner[k] = n;
      current[k] = value;
    }
  }
  return registers;
}

/** The version that was read, with what that read alone shows; undefined if it is no known version. */
function versionRead(
  n: number,
  step: number,
  { key }: Register,
  value: Json,
  table: Table,
  findings: Findings,
  edges: EdgeList,
): number | undefined {
  const { operations, steps, writer } = table;
  const { index } = operations[n]!;
  const read = `T${index} read ${shown(key)} as ${shown(value)}`;
  const written = table.writeOf[table.keyNumbers.get(key)!]!.get(value);
  const version = written === undefined && value === table.initial ? INITIAL : written;
  if (version === undefined) {
    findings.add('unwritten', [index], () => [`${read}, but no transaction wrote that to it`]);
    return undefined;
  }
  if (version < INITIAL) return undefined;
  if (version !== INITIAL) {
    const from = writer[version]!;
    const other = operations[from]!.index;
    if (from === n) {
      const isLater = steps[n]!.some(
        ([f, k, v], i) => i > step && f !== 'r' && k === key && v === value,
      );
      if (isLater) findings.add('future-read', [index], () => [`${read} and only then wrote it`]);
      return undefined;
    }
    if (isFailed(table, from)) {
      findings.add('G1a', [index, other], () => [
        `T${other} wrote ${shown(value)} to ${shown(key)} and failed`,
        read,
      ]);
      return undefined;
    }
    if (!table.isFinal[version]) {
      findings.add('G1b', [index, other], () => [
        `T${other} wrote ${shown(value)} to ${shown(key)} and then something else`,
        read,
      ]);
    }
    edges.add(from, n, WR, version);
  }
  return version;
}

function push(readers: Map<number, number[]>, version: number, n: number): void {
  const known = readers.get(version);
  if (known === undefined) readers.set(version, [n]);
  else known.push(n);
}

function addLastVersion({ readers, versions, pairs }: Register, table: Table): void {
  const committed = versions.filter((version) => writerOf(version, table).type === 'ok');
  const quietMs = committed.reduce(
    (latest, version) => Math.max(latest, acknowledgedMs(writerOf(version, table))),
    Number.NEGATIVE_INFINITY,
  );
  const late = [...readers].filter(([, transactions]) =>
    transactions.some((n) => table.operations[n]!.invokedMs > quietMs),
  );
  if (late.length !== 1 || late[0]![0] === INITIAL) return;
  const last = late[0]![0];
  for (const version of committed) if (version !== last) pairs.push([version, last]);
}

/** Accesses in real time, each pair that others do not imply, as in time-order.ts. */
function addRealTime({ readers, versions, pairs }: Register, table: Table): void {
  interface Access {
    readonly version: number;
    readonly invokedMs: number;
    readonly endedMs: number;
  }
  const access = (version: number, operation: Operation): Access => ({
    version,
    invokedMs: operation.invokedMs,
    endedMs: acknowledgedMs(operation),
  });
  const begun = [
    ...versions.map((version) => access(version, writerOf(version, table))),
    ...[...readers].flatMap(([version, transactions]) =>
      transactions.map((n) => access(version, table.operations[n]!)),
    ),
  ].sort((a, b) => a.invokedMs - b.invokedMs);
  const done = begun
    .filter(({ endedMs }) => endedMs !== Number.POSITIVE_INFINITY)
    .sort((a, b) => a.endedMs - b.endedMs);
  let frontier: Access[] = [];
  let nextDone = 0;
  for (const now of begun) {
    for (; nextDone < done.length && done[nextDone]!.endedMs < now.invokedMs; nextDone++) {
      const ended = done[nextDone]!;
      frontier = frontier.filter((earlier) => earlier.endedMs >= ended.invokedMs);
      frontier.push(ended);
    }
    for (const { version } of frontier) {
      if (version !== now.version) pairs.push([version, now.version]);
    }
  }
}

const writerOf = (version: number, table: Table): Operation =>
  table.operations[table.writer[version]!]!;

/** Keys whose versions are in a circle, and the versions in it. */
function cyclicRegisters(registers: readonly Register[], table: Table): Map<number, number[]> {
  const edges = new EdgeList();
  const writes = table.writer.length;
  const node = (version: number, k: number): number => (version === INITIAL ? writes + k : version);
  for (const [k, { pairs, versions }] of registers.entries()) {
    for (const version of versions) edges.add(writes + k, version, WW, -1);
    for (const [earlier, later] of pairs) edges.add(node(earlier, k), node(later, k), WW, -1);
  }
  const count = writes + registers.length;
  const { of } = components(pack(edges, count, count), WW);
  const cyclic = new Map<number, number[]>();
  for (let i = 0; i < count; i++) {
    if (of[i] === -1) continue;
    const k = i < writes ? table.writtenKey[i]! : i - writes;
    cyclic.set(k, [...(cyclic.get(k) ?? []), i < writes ? i : INITIAL]);
  }
  return cyclic;
}

function circle({ key }: Register, versions: number[], table: Table, findings: Findings): void {
  const writers = versions
    .filter((version) => version !== INITIAL)
    .map((version) => writerOf(version, table).index);
  findings.add('cyclic-versions', writers, () => [
    `each of these values of ${shown(key)} would have to come before the others: ${versions
      .slice(0, 8)
      .map((version) => shown(version === INITIAL ? table.initial : table.written[version]))
      .join(', ')}`,
  ]);
}

function because(
  kind: 'ww' | 'wr' | 'rw',
  from: number,
  to: number,
  why: number,
  table: Table,
  promise: KeyPromise,
): string {
  const [a, b] = [from, to].map((n) => `T${table.operations[n]!.index}`) as [string, string];
  const key = table.keys[table.writtenKey[why]!]!;
  const name = shown(key);
  const value = shown(table.written[why]);
  const so = `so ${b} is after ${a}`;
  if (kind === 'wr') return `${a} wrote ${value} to ${name} and ${b} read it, ${so}`;
  const promised =
    promise === 'convergent'
      ? `which all reads after the last write of ${name} saw`
      : `later in real time, since ${name} is declared linearizable`;
  if (kind === 'ww') return `${a} wrote ${name} and ${b} wrote ${value} to it, ${promised}, ${so}`;
  const readBy = (n: number): Json | undefined =>
    table.isRead[n] === 0 ? undefined : table.steps[n]!.find(([, touched]) => touched === key)?.[2];
  const seen = readBy(from);
  const first = table.steps[to]!.find(([, touched]) => touched === key)!;
  if (seen === table.initial) {
    return `${a} read ${name} as ${shown(seen)}, and ${b} wrote ${value} to it, ${so}`;
  }
  const isReplaced = first[0] === 'r' && readBy(to) === seen;
  const reason = isReplaced ? `in place of that ${shown(seen)}` : promised;
  return `${a} read ${name} as ${shown(seen)}, and ${b} wrote ${value} to it ${reason}, ${so}`;
}
