/**
 * A bank: `transfer { from, to, amount }`, `read` (answers all balances as an object). No account may
 * be overdrawn unless that is allowed; a transfer that failed with code 22 (precondition failed)
 * says that the money was not there. One part: accounts are not independent of each other.
 */
import { type Json, maelstromErrors } from '@faultline/protocol';
import { sameValue } from '../canonical.ts';
import { type Asked, defineModel, type Model } from './model.ts';

type Balances = Readonly<Record<string, number>>;

export interface BankOptions {
  readonly accounts: Balances;
  readonly overdraft?: boolean;
}

export function bank({ accounts, overdraft = false }: BankOptions): Model<Balances> {
  return defineModel<Balances>({
    name: 'bank',
    init: accounts,
    anonymous: true,
    step(state, { f, input, output, type }) {
      if (f === 'read') return sameValue(state, output) ? state : undefined;
      const transfer = f === 'transfer' ? readTransfer(input) : undefined;
      if (transfer === undefined) return undefined;
      const { from, to, amount } = transfer;
      if (!Object.hasOwn(state, from) || !Object.hasOwn(state, to)) return undefined;
      const isCovered = overdraft || state[from]! >= amount;
      if (type === 'fail') return isCovered ? undefined : state;
      if (!isCovered) return undefined;
      const taken = { ...state, [from]: state[from]! - amount };
      return { ...taken, [to]: taken[to]! + amount };
    },
    partition: () => undefined,
    isRead: ({ f, type }) => f === 'read' || type === 'fail',
    observesFailure: ({ f, error }: Asked) =>
      f === 'transfer' && error?.code === maelstromErrors.preconditionFailed,
  });
}

function readTransfer(input: Json) {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return undefined;
  const { from, to, amount } = input as Record<string, Json>;
  if (typeof amount !== 'number' || from === undefined || to === undefined) return undefined;
  return { from: String(from), to: String(to), amount };
}
