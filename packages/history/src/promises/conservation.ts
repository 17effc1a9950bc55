/**
 * Conservation of money: every read of all accounts finds the same total, however much is moved
 * meanwhile (Jepsen's bank). Reads answer an object of balances by account.
 *
 * It sees reads in the middle of a transfer, and money that is made or lost; whether each transfer is in
 * its place is what the bank model under linearizability decides.
 */
import type { Json } from '@faultline/protocol';
import type { CheckResult, History } from '../operation.ts';
import { named, shown } from '../shown.ts';
import { Judgement } from './judgement.ts';

export interface ConservationOptions {
  /** What the accounts hold at the start; their names are all that there are. */
  readonly accounts: Readonly<Record<string, number>>;
  /** Whether balances may be below 0. */
  readonly overdraft?: boolean;
  readonly f?: string;
}

export function checkConservation(
  history: History,
  { accounts, overdraft = false, f = 'read' }: ConservationOptions,
): CheckResult {
  const judgement = new Judgement('a conserved total');
  const names = Object.keys(accounts);
  const total = sumOf(names.map((name) => accounts[name]!));
  const reads = history.operations.filter((read) => read.f === f && read.type === 'ok');
  for (const read of reads) {
    const report = (problem: string, what: string): void =>
      judgement.problem(problem, [read.index], `${named(read)} ${what}`);
    if (typeof read.output !== 'object' || read.output === null || Array.isArray(read.output)) {
      report('malformed', `answered ${shown(read.output)}, which are not balances`);
      continue;
    }
    const balances = read.output as Readonly<Record<string, Json>>;
    const odd = Object.keys(balances).filter((name) => !Object.hasOwn(accounts, name));
    const missing = names.filter((name) => typeof balances[name] !== 'number');
    if (odd.length > 0)
      report('unknown account', `has balances of accounts that do not exist: ${odd.join(', ')}`);
    if (missing.length > 0) {
      report('missing account', `has no balance of ${missing.join(', ')}`);
      continue;
    }
    const sum = sumOf(names.map((name) => balances[name] as number));
    if (!isEqual(sum, total)) {
      const way = sum > total ? `${minus(sum, total)} too much` : `${minus(total, sum)} too little`;
      report('wrong total', `adds up to ${sum} instead of ${total}: ${way}, in ${shown(balances)}`);
    }
    const overdrawn = names.filter((name) => (balances[name] as number) < 0);
    if (!overdraft && overdrawn.length > 0) {
      report('overdrawn', `has a negative balance on ${overdrawn.join(', ')}`);
    }
  }
  return judgement.result(reads.length, 'reads', { total: Number(total) });
}

/** Of whole numbers the exact sum, however large; fractions are rounded on the way. */
function sumOf(amounts: readonly number[]): number | bigint {
  if (!amounts.every(Number.isInteger)) return amounts.reduce((sum, amount) => sum + amount, 0);
  return amounts.reduce((sum, amount) => sum + BigInt(amount), 0n);
}

const minus = (a: number | bigint, b: number | bigint): number | bigint =>
  typeof a === 'bigint' && typeof b === 'bigint' ? a - b : Number(a) - Number(b);

/** Whole sums exactly; what programs calculate with fractions is off by a little. */
function isEqual(a: number | bigint, b: number | bigint): boolean {
  if (typeof a === 'bigint' && typeof b === 'bigint') return a === b;
  return Math.abs(Number(a) - Number(b)) <= 1e-9 * Math.max(1, Math.abs(Number(b)));
}
