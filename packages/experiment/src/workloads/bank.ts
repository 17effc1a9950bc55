/**
 * A bank: `transfer {from, to, amount}`, `read` → `{value: {account: balance}}` or the balances
 * themselves.
 */
import { bank } from '@faultline/history';
import { FaultlineError } from '@faultline/protocol';
import { type Static, Type } from 'typebox';
import { readyWorkload, share } from './define.ts';
import { answered, fieldOf, type LoadOptions, pick } from './workload.ts';

const options = Type.Object({
  accounts: Type.Optional(
    Type.Array(Type.String(), {
      default: ['a1', 'a2', 'a3', 'a4', 'a5'],
      description: 'names of the accounts, at least 2',
    }),
  ),
  amountMax: Type.Optional(
    Type.Integer({ minimum: 1, default: 5, description: 'the largest amount moved at once' }),
  ),
  reads: share('share of reads', 0.3),
});

export type BankLoadOptions = LoadOptions & Static<typeof options>;

export const bankWorkload = readyWorkload({
  name: 'bank',
  summary: 'move money between accounts, and read all balances',
  options,
  asks: ['transfer', 'read'],
  model: bank(),
  checks: ['conservation'],
  clients({ accounts, amountMax, reads }) {
    if (accounts.length < 2) {
      throw new FaultlineError('BAD_REQUEST', 'expected at least 2 accounts');
    }
    return {
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
    };
  },
});

export const bankLoad = bankWorkload.load;
