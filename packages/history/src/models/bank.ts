/**
 * A bank: `transfer { from, to, amount }`, `read` (answers all balances as an object). No account may
 * be overdrawn unless that is allowed; a transfer that failed with code 22 (precondition failed)
 * says that the money was not there. One part: accounts are not independent of each other.
 *
 * The initial balances may be unknown. Then the first read shows what is there, whatever was
 * moved before it.
 */
import { type Json, maelstromErrors } from '@faultline/protocol';
import { sameValue } from '../canonical.ts';
import { type Asked, defineModel, type Model } from './model.ts';

type Balances = Readonly<Record<string, number>>;

export interface BankOptions {
  /** Initial balance of each account; unknown if omitted. */
  readonly accounts?: Balances;
  readonly overdraft?: boolean;
}

export function bank({ accounts, overdraft = false }: BankOptions = {}): Model<Balances | null> {
  return defineModel<Balances | null>({
    name: 'bank',
    knows: ['read', 'transfer'],
    /** Null: no client has read it yet. */
    init: accounts ?? null,
    anonymous: true,
    step(state, { f, input, output, type }) {
      if (f === 'read') {
        if (state === null) return readBalances(output);
        return sameValue(state, output) ? state : undefined;
      }
      const transfer = f === 'transfer' ? readTransfer(input) : undefined;
      if (transfer === undefined) return undefined;
      if (state === null) return state;
      const { from, to, amount } = transfer;
      if (!Object.hasOwn(state, from) || !Object.hasOwn(state, to)) return undefined;
      const isCovered = overdraft || state[from]! >= amount;
      if (type === 'fail') return isCovered ? undefined : state;
      if (!isCovered) return undefined;
      const taken = { ...state, [from]: state[from]! - amount };
      return { ...taken, [to]: taken[to]! + amount };
    },
    stateAfter: ({ f, output, type }) =>
      f === 'read' && type === 'ok' ? readBalances(output) : undefined,
    partition: () => undefined,
    isRead: ({ f, type }) => type === 'fail' || (f === 'read' && accounts !== undefined),
    observesFailure: ({ f, error }: Asked) =>
      f === 'transfer' && error?.code === maelstromErrors.preconditionFailed,
  });
}

function readBalances(output: Json | undefined): Balances | undefined {
  const isBalances = typeof output === 'object' && output !== null && !Array.isArray(output);
  return isBalances ? (output as Balances) : undefined;
}

function readTransfer(input: Json) {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return undefined;
  const { from, to, amount } = input as Record<string, Json>;
  if (typeof amount !== 'number' || from === undefined || to === undefined) return undefined;
  return { from: String(from), to: String(to), amount };
}
