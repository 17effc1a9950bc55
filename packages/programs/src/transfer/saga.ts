/**
 * A bank on sagas (Garcia-Molina & Salem 1987): a transfer is two steps, to take and to give, each of
 * which is done at once and locks nothing afterwards. Where the second is refused or does not answer in
 * time, the first is undone by its compensation.
 *
 * - The coordinator, the node that the client asked, writes down that a saga began, and which way it goes:
 *   forward until it has ended, or back. After a restart it takes up what had not ended, and goes back
 *   where it does not know.
 * - Steps have the saga's name, and are done once however often they are asked for. An undo that comes
 *   before its step is remembered, and the step is then refused: so the coordinator needs not know
 *   whether it was done.
 *
 * With each step comes which sagas of its coordinator are over: of those the owners remember nothing.
 *
 * Nothing blocks, and no money is lost in the end. In between it is at neither account, and a read may
 * see that: sagas have no isolation. An undo takes back what may have been spent already, and then an
 * account is overdrawn.
 *
 *   transfer {from, to, amount}, or 14, 20, 22 · read → {value}: balances by account
 */
import { errorCodes, type Message } from '@faultline/node';
import { Machine, patienceMs, retryMs, type Self } from '../common/machine.ts';
import {
  accountsOf,
  type Balances,
  type Bank,
  noMoney,
  ownerOf,
  type Refusal,
  readTransfer,
  type Transfer,
  together,
} from './accounts.ts';
import { Over } from './over.ts';

export interface SagaOptions {
  /** Whether what was taken is given back where it cannot be given on. Right: yes. */
  readonly compensates?: boolean;
}

type Begun = Transfer & {
  readonly kind: 'begun';
  readonly saga: string;
};

/** `step` is an owner's: what it did, or, undone, has undone or will never do. */
type SagaRecord =
  | Begun
  | { readonly kind: 'back'; readonly saga: string }
  | { readonly kind: 'ended'; readonly saga: string }
  | (Step & { readonly kind: 'step' })
  | { readonly kind: 'undone'; readonly step: string }
  /** What is left of all that came before. */
  | {
      readonly kind: 'sum';
      readonly balances: Balances;
      readonly done: readonly Step[];
      readonly undone: readonly string[];
      readonly over: readonly string[];
    };

type Step = {
  readonly step: string;
  readonly account: string;
  readonly delta: number;
};

type StepRequest = Step & { readonly type: 'step'; readonly oldest: string };
type StepAnswer = { readonly type: 'step_ok'; readonly refusal?: Refusal };
type BalancesAnswer = { readonly type: 'balances_ok'; readonly balances: Balances };

export class Saga extends Machine<SagaRecord> {
  readonly handlers = {
    transfer: (request: Message) => this.#begin(request),
    read: (request: Message) => this.#read(request),
    step: (request: Message<StepRequest>) => this.#step(request),
    undo: (request: Message) => this.#undo(request),
    balances: (request: Message) =>
      this.answer(request, { balances: Object.fromEntries(this.#balances) }),
  };
  readonly #bank: Bank;
  readonly #compensates: boolean;
  readonly #balances = new Map<string, number>();
  /** Steps that were done here, and those that were undone or never will be. */
  readonly #done = new Map<string, Omit<Step, 'step'>>();
  readonly #undone = new Set<string>();
  readonly #over = new Over();
  /** As a coordinator: what has not ended, the oldest first. */
  readonly #open = new Map<string, Begun>();

  constructor(self: Self, bank: Bank, { compensates = true }: SagaOptions = {}) {
    super(self);
    this.#bank = bank;
    this.#compensates = compensates;
    for (const account of accountsOf(bank)) {
      if (ownerOf(account, self.members) === self.id) this.#balances.set(account, bank.balance);
    }
  }

  override restore(records: readonly SagaRecord[], nowMs: number): void {
    super.restore(records, nowMs);
    for (const record of records) {
      if (record.kind === 'begun') this.#open.set(record.saga, record);
      else if (record.kind === 'ended') this.#open.delete(record.saga);
      else if (record.kind === 'step') this.#apply(record);
      else if (record.kind === 'undone') this.#revert(record.step);
      else if (record.kind === 'sum') this.#restoreSum(record);
    }
    for (const begun of this.#open.values()) this.#goBack(begun);
  }

  #restoreSum({ balances, done, undone, over }: Extract<SagaRecord, { kind: 'sum' }>): void {
    for (const { step, account, delta } of done) this.#done.set(step, { account, delta });
    for (const step of undone) this.#undone.add(step);
    for (const oldest of over) this.#over.learn(oldest);
    for (const [account, balance] of Object.entries(balances)) this.#balances.set(account, balance);
  }

  override snapshot(): SagaRecord[] {
    const sum: SagaRecord = {
      kind: 'sum',
      balances: Object.fromEntries(this.#balances),
      done: [...this.#done].map(([step, what]) => ({ step, ...what })),
      undone: [...this.#undone],
      over: this.#over.save(),
    };
    return [sum, ...this.#open.values()];
  }

  #begin(request: Message): void {
    const begun: Begun = {
      ...{ kind: 'begun', saga: this.nextOp() },
      ...readTransfer(request.body, this.#bank),
    };
    this.#open.set(begun.saga, begun);
    this.persist(begun);
    const deadlineMs = this.nowMs + patienceMs;
    const [take, give] = stepsOf(begun);
    const fail = ({ code, text }: Refusal): void => {
      this.#goBack(begun);
      this.refuse(request, code, text);
    };
    this.#do(take, deadlineMs, fail, () => {
      this.#do(give, deadlineMs, fail, () => {
        this.#end(begun.saga);
        this.answer(request);
      });
    });
  }

  #do(step: Step, deadlineMs: number, fail: (why: Refusal) => void, then: () => void): void {
    const owner = ownerOf(step.account, this.self.members);
    const options = { retryMs, patienceMs: deadlineMs - this.nowMs };
    const [oldest] = this.#open.keys();
    const request: StepRequest = { type: 'step', ...step, oldest: oldest! };
    this.ask<StepAnswer>(owner, request, options, (answer) => {
      const refusal = answer?.refusal;
      if (answer === undefined) {
        fail({ code: errorCodes.abort, text: `${owner} did not answer: the transfer is undone` });
      } else if (refusal !== undefined) fail(refusal);
      else then();
    });
  }

  /** Undoes all, the last step first, until each owner has said that it did. */
  #goBack(begun: Begun): void {
    this.persist({ kind: 'back', saga: begun.saga });
    if (!this.#compensates) return;
    const [take, give] = stepsOf(begun);
    this.#askToUndo(give, () => this.#askToUndo(take, () => this.#end(begun.saga)));
  }

  #askToUndo({ step, account }: Step, then: () => void): void {
    const options = { retryMs, patienceMs: Number.POSITIVE_INFINITY };
    this.ask(ownerOf(account, this.self.members), { type: 'undo', step }, options, then);
  }

  #end(saga: string): void {
    this.#open.delete(saga);
    this.persist({ kind: 'ended', saga });
  }

  #step(request: Message<StepRequest>): void {
    const { step, account, delta, oldest } = request.body;
    if (this.#over.learn(oldest)) this.#forgetOver();
    const has = this.#balances.get(account)!;
    if (this.#undone.has(step) || (this.#isOver(step) && !this.#done.has(step))) {
      const refusal = { code: errorCodes.abort, text: `${step} was undone, or is over` };
      this.answer(request, { refusal });
    } else if (!this.#done.has(step) && has + delta < 0 && delta < 0) {
      this.answer(request, { refusal: noMoney(account, has, -delta) });
    } else {
      if (!this.#done.has(step)) {
        this.#apply({ step, account, delta });
        this.persist({ kind: 'step', step, account, delta });
      }
      this.answer(request);
    }
  }

  #undo(request: Message): void {
    const step = String(request.body.step);
    if (!this.#undone.has(step) && !this.#isOver(step)) {
      this.#revert(step);
      this.persist({ kind: 'undone', step });
    }
    this.answer(request);
  }

  #isOver(step: string): boolean {
    return this.#over.has(sagaOf(step));
  }

  #forgetOver(): void {
    for (const step of this.#done.keys()) if (this.#isOver(step)) this.#done.delete(step);
    for (const step of this.#undone) if (this.#isOver(step)) this.#undone.delete(step);
  }

  #apply({ step, account, delta }: Step): void {
    this.#done.set(step, { account, delta });
    this.#balances.set(account, this.#balances.get(account)! + delta);
  }

  #revert(step: string): void {
    this.#undone.add(step);
    const done = this.#done.get(step);
    if (done === undefined) return;
    this.#balances.set(done.account, this.#balances.get(done.account)! - done.delta);
  }

  #read(request: Message): void {
    const all: Balances[] = [];
    let open = this.self.members.length;
    for (const member of this.self.members) {
      this.ask<BalancesAnswer>(member, { type: 'balances' }, { retryMs }, (answer) => {
        if (answer !== undefined) all.push(answer.balances);
        if (--open > 0) return;
        if (all.length < this.self.members.length) this.refuseUnanswered(request, 'an owner', true);
        else this.answer(request, { value: together(this.#bank, all) });
      });
    }
  }
}

const sagaOf = (step: string): string => step.slice(0, step.indexOf('/'));

const stepsOf = ({ saga, from, to, amount }: Begun): [take: Step, give: Step] => [
  { step: `${saga}/take`, account: from, delta: -amount },
  { step: `${saga}/give`, account: to, delta: amount },
];
