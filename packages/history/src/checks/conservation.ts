import type { Json } from '@faultline/protocol';
import { Type } from 'typebox';
import type { History } from '../operation.ts';
import { type ConservationOptions, checkConservation } from '../promises/conservation.ts';
import { defineCheck } from './check.ts';
import { given, type Question } from './matcher.ts';

const conservation = defineCheck({
  name: 'conservation',
  summary: 'no money is made or lost',
  options: Type.Object({
    total: Type.Optional(
      Type.Number({
        title: 'a sum such as 500',
        description: 'the sum of all balances; default: that of the first answer',
        examples: [500],
      }),
    ),
    accounts: Type.Optional(
      Type.Record(Type.String(), Type.Number(), {
        description: 'what each account holds at the start; default: all accounts that were read',
      }),
    ),
    overdraft: Type.Optional(
      Type.Boolean({ default: false, description: 'balances may be below 0' }),
    ),
    f: Type.Optional(
      Type.String({ default: 'read', description: 'the operation that answers with all balances' }),
    ),
  }),
  short: 'total',
  matcher: 'toConserve(500)',
  promise: 'conserve its total',
  run: (history, { total, accounts = accountsOf(history, total), ...options }) =>
    checkConservation(history, { accounts, ...options }),
});

export const conservationChecks = [conservation];

export const conservationMatchers = {
  /** Every read of all accounts has the same sum: a total, or what each account has at first. */
  toConserve: (
    total: number | ConservationOptions['accounts'],
    options: Omit<ConservationOptions, 'accounts'> = {},
  ): Question => ({
    check: conservation,
    options: {
      ...(typeof total === 'number' ? { total } : { accounts: total }),
      ...given(options),
    },
  }),
};

/** All accounts that were read, with the whole sum on the first: that of the first answer if omitted. */
function accountsOf({ operations }: History, total?: number): Record<string, number> {
  const balances = operations.flatMap(({ f, type, output }) =>
    f === 'read' && type === 'ok' && typeof output === 'object' && output !== null
      ? [output as Readonly<Record<string, Json>>]
      : [],
  );
  const names = new Set(balances.flatMap((read) => Object.keys(read)));
  const first = Object.values(balances[0] ?? {}).reduce<number>(
    (sum, each) => sum + Number(each),
    0,
  );
  return Object.fromEntries([...names].map((name, i) => [name, i === 0 ? (total ?? first) : 0]));
}
