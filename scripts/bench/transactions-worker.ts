/** Makes a history of transactions, judges it once, and reports the time and memory taken. */
import { checkTransactions, type Operation, type TransactionKind } from '@faultline/history';

export interface Task {
  readonly kind: TransactionKind;
  readonly transactions: number;
  readonly clients: number;
  /** Of reads: how many leave out the last two elements of a list. */
  readonly staleShare: number;
}

export interface Judged {
  readonly verdict: string;
  readonly ms: number;
  readonly peakBytes: number;
}

const stepsMax = 4;
const keysAtOnce = 10;
const writesPerKey = 32;

/** Transactions that take effect one by one, each somewhere within its interval. */
function historyOf({ kind, transactions, clients, staleShare }: Task): Operation[] {
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const lists = new Map<number, number[]>();
  const freeMs = new Float64Array(clients);
  const operations: Operation[] = [];
  let firstKey = 0;
  let value = 0;
  for (let i = 0; i < transactions; i++) {
    const client = i % clients;
    const input: [string, number, number | null][] = [];
    const output: [string, number, number | number[] | null][] = [];
    for (let left = 1 + Math.floor(random() * stepsMax); left > 0; left--) {
      const key = firstKey + Math.floor(random() * keysAtOnce);
      const list = lists.get(key) ?? [];
      lists.set(key, list);
      if (random() < 0.5) {
        const seen = list.slice(
          0,
          random() < staleShare ? Math.max(0, list.length - 2) : undefined,
        );
        input.push(['r', key, null]);
        output.push(['r', key, kind === 'append' ? seen : (seen.at(-1) ?? null)]);
      } else {
        const f = kind === 'append' ? 'append' : 'w';
        input.push([f, key, ++value]);
        output.push([f, key, value]);
        if (list.push(value) >= writesPerKey) firstKey++;
      }
    }
    const invokedMs = Math.max(freeMs[client]!, i - (random() * clients) / 2);
    const endedMs = i + random() * 0.4 * clients;
    freeMs[client] = endedMs;
    const process = `c${client + 1}`;
    operations.push({ index: i, process, f: 'txn', input, output, type: 'ok', invokedMs, endedMs });
  }
  return operations;
}

process.once('message', (task: Task) => {
  const operations = historyOf(task);
  const fromMs = performance.now();
  const { verdict } = checkTransactions({ operations }, { kind: task.kind });
  const ms = performance.now() - fromMs;
  const peakBytes = process.resourceUsage().maxRSS * 1024;
  process.send!({ verdict, ms, peakBytes } satisfies Judged, () => process.disconnect());
});
