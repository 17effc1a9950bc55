/** A bank whose accounts are spread over the members: what both ways to transfer have in common. */
import { type Body, errorCodes, RpcError } from '@faultline/node';
import { malformed, readInteger, readKey } from '../common/read.ts';

/** How many accounts there are at first, named `a1`, `a2`, …, and how much each has. */
export interface Bank {
  readonly accounts: number;
  readonly balance: number;
}

export type Transfer = {
  readonly from: string;
  readonly to: string;
  readonly amount: number;
};

export const accountsOf = ({ accounts }: Bank): string[] =>
  Array.from({ length: accounts }, (_, i) => `a${i + 1}`);

export type Balances = Readonly<Record<string, number>>;

/** What the owners reported, merged, in the order of the accounts. */
export function together(bank: Bank, parts: readonly Balances[]): Balances {
  const all: Balances = Object.assign({}, ...parts);
  return Object.fromEntries(accountsOf(bank).map((account) => [account, all[account]!]));
}

/** Whose an account is. */
export const ownerOf = (account: string, members: readonly string[]): string =>
  members[Number(account.slice(1)) % members.length]!;

export function readTransfer(body: Body, bank: Bank): Transfer {
  const from = readKey(body.from);
  const to = readKey(body.to);
  const amount = readInteger(body.amount, 'amount', { min: 0 });
  for (const account of [from, to]) {
    if (accountsOf(bank).includes(account)) continue;
    throw new RpcError(errorCodes.keyDoesNotExist, `there is no account ${account}`);
  }
  if (from === to) throw malformed('from and to are two accounts', from);
  return { from, to, amount };
}

/** What an owner refuses, as reported to another node. */
export type Refusal = {
  readonly code: number;
  readonly text: string;
};

export const noMoney = (account: string, has: number, amount: number): Refusal => ({
  code: errorCodes.preconditionFailed,
  text: `account ${account} has ${has}, less than ${amount}`,
});
