/** Client calls by type: their outcomes, and how long the replies took. */
import { type Operation, quantile } from '@faultline/history';
import { roundedDuration } from '@faultline/protocol';
import { table } from './table.ts';

export interface CallsOfType {
  readonly type: string;
  readonly ok: number;
  readonly failed: number;
  readonly unknown: number;
  /** Of those that were answered ok; null if there are none. */
  readonly latencyMs: Readonly<Record<(typeof columns)[number], number>> | null;
}

const columns = ['p50', 'p90', 'p99', 'p99.9', 'max'] as const;
const shares = { p50: 0.5, p90: 0.9, p99: 0.99, 'p99.9': 0.999, max: 1 } as const;

/** The most frequent type first; if there are several, a sum of all comes last. */
export function callsByType(operations: readonly Operation[]): CallsOfType[] {
  const types = new Map<string, Operation[]>();
  for (const operation of operations) {
    const same = types.get(operation.f);
    if (same === undefined) types.set(operation.f, [operation]);
    else same.push(operation);
  }
  const sorted = [...types].sort(([, a], [, b]) => b.length - a.length);
  const rows = sorted.map(([type, same]) => callsOf(type, same));
  return rows.length > 1 ? [...rows, callsOf('all', operations)] : rows;
}

function callsOf(type: string, operations: readonly Operation[]): CallsOfType {
  const counted = (which: Operation['type']): number =>
    operations.filter((operation) => operation.type === which).length;
  const latencies = operations
    .flatMap(({ type: end, invokedMs, endedMs }) =>
      end === 'ok' && endedMs !== null ? [endedMs - invokedMs] : [],
    )
    .sort((a, b) => a - b);
  const at = (column: (typeof columns)[number]): number =>
    Math.round(quantile(latencies, shares[column]) * 1000) / 1000;
  const latencyMs =
    latencies.length === 0
      ? null
      : {
          ...{ p50: at('p50'), p90: at('p90'), p99: at('p99') },
          ...{ 'p99.9': at('p99.9'), max: at('max') },
        };
  return {
    type,
    ...{ ok: counted('ok'), failed: counted('fail'), unknown: counted('info'), latencyMs },
  };
}

export function formatCalls(calls: readonly CallsOfType[]): string {
  if (calls.length === 0) return 'no client calls';
  return table(
    ['CALL', 'OK', 'FAILED', 'UNKNOWN', ...columns],
    calls.map(({ type, ok, failed, unknown, latencyMs }) => [
      type,
      ...[ok, failed, unknown].map(String),
      ...columns.map((column) => (latencyMs === null ? '-' : roundedDuration(latencyMs[column]))),
    ]),
  );
}
