/**
 * The definitions, tried out: is there any order of these few transactions that explains all reads?
 * Slow and plain, and written independently of the checker.
 */
import type { Json } from '@faultline/protocol';
import type { History, Operation } from '../../src/index.ts';

type Store = ReadonlyMap<string, Json>;
type Precedes = (a: Operation, b: Operation) => boolean;

export const anyOrder: Precedes = () => false;
export const sessionOrder: Precedes = (a, b) => a.process === b.process && a.index < b.index;
export const realTimeOrder: Precedes = (a, b) =>
  a.type === 'ok' && a.endedMs !== null && a.endedMs < b.invokedMs;

/** Whether the committed transactions, and some of the unknown ones, can have run one by one. */
export function isSerializable({ operations }: History, precedes: Precedes): boolean {
  const search = (done: readonly Operation[], store: Store): boolean => {
    const open = operations.filter(({ type }) => type !== 'fail').filter((o) => !done.includes(o));
    if (open.every(({ type }) => type === 'info')) return true;
    return open.some((next) => {
      if (open.some((other) => other !== next && precedes(other, next))) return false;
      const after = run(next, store, store);
      return after !== null && search([...done, next], after);
    });
  };
  return search([], new Map());
}

/** Generalized snapshot isolation: a snapshot of any moment, and the first committer wins. */
export function isSnapshotIsolated({ operations }: History): boolean {
  const committed = operations.filter(({ type }) => type === 'ok');
  interface Begun {
    readonly operation: Operation;
    readonly snapshot: Store;
    readonly commits: number;
  }
  const search = (
    waiting: readonly Operation[],
    begun: readonly Begun[],
    store: Store,
    log: readonly ReadonlySet<string>[],
  ): boolean => {
    if (waiting.length === 0 && begun.length === 0) return true;
    const canStart = waiting.some((operation) =>
      search(
        waiting.filter((other) => other !== operation),
        [...begun, { operation, snapshot: store, commits: log.length }],
        store,
        log,
      ),
    );
    if (canStart) return true;
    return begun.some((mine) => {
      const keys = writtenBy(mine.operation);
      if (log.slice(mine.commits).some((other) => [...other].some((key) => keys.has(key)))) {
        return false;
      }
      const after = run(mine.operation, mine.snapshot, store);
      if (after === null) return false;
      return search(
        waiting,
        begun.filter((other) => other !== mine),
        after,
        [...log, keys],
      );
    });
  };
  return search(committed, [], new Map(), []);
}

const stepsOf = ({ output, input }: Operation): [string, string, Json][] =>
  (output ?? input) as unknown as [string, string, Json][];

const writtenBy = (operation: Operation): Set<string> =>
  new Set(stepsOf(operation).flatMap(([f, key]) => (f === 'r' ? [] : [key])));

/** The store after the transaction, which sees the snapshot and itself; null if it read otherwise. */
function run(operation: Operation, snapshot: Store, store: Store): Store | null {
  const seen = new Map(snapshot);
  const after = new Map(store);
  for (const [f, key, value] of stepsOf(operation)) {
    if (f === 'r') {
      if (operation.type !== 'ok') continue;
      const isList = Array.isArray(value);
      const now = seen.get(key) ?? (isList ? [] : null);
      if (JSON.stringify(now) !== JSON.stringify(value)) return null;
    } else if (f === 'append') {
      for (const target of [seen, after]) {
        target.set(key, [...((target.get(key) ?? []) as Json[]), value]);
      }
    } else {
      for (const target of [seen, after]) target.set(key, value);
    }
  }
  return after;
}
