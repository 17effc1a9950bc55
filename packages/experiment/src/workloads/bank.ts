/**
 * A bank: `transfer {from, to, amount}`, `read` → `{value: {account: balance}}` or the balances
 * themselves.
 */
import { FaultlineError } from '@faultline/protocol';
import {
  answered,
  fieldOf,
  knownAs,
  type LoadOptions,
  pick,
  readPace,
  type Workload,
} from './workload.ts';

export interface BankLoadOptions extends LoadOptions {
  /** Names of the accounts; default a1 to a5. */
  readonly accounts?: readonly string[];
  /** The largest amount that is moved at once; default 5. */
  readonly amountMax?: number;
  /** Share of reads; default 0.3. */
  readonly reads?: number;
}

export function bankLoad(options: BankLoadOptions): Workload {
  const { accounts = ['a1', 'a2', 'a3', 'a4', 'a5'], amountMax = 5, reads = 0.3 } = options;
  if (accounts.length < 2) throw new FaultlineError('BAD_REQUEST', 'a bank has 2 accounts or more');
  return knownAs('bank', options, {
    name: 'bank',
    pace: readPace(options),
    finalReads: [{ type: 'read' }],
    script: () => ({
      next(_, draw) {
        if (draw(0) < reads) return { type: 'read' };
        const from = pick(accounts, draw(1));
        const to = pick(
          accounts.filter((account) => account !== from),
          draw(2),
        );
        return { type: 'transfer', from, to, amount: 1 + Math.floor(draw(3) * amountMax) };
      },
    }),
    shape: (operation) =>
      operation.f === 'read'
        ? answered(operation, fieldOf(operation.output, 'balances', 'accounts', 'value'))
        : operation,
  });
}
