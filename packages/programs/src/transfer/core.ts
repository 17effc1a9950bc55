/**
 * A bank on two-phase commit (Gray 1978, "Notes on data base operating systems", section 5.8.3.3), with
 * presumed abort (Mohan, Lindsay & Obermarck 1986).
 *
 *   coordinator   the node that a client asked; it decides
 *   participant   the owner of an account; it votes, and then has to wait for the decision
 *
 * 1. The coordinator asks the participants to prepare. One that can, locks the accounts, writes down
 *    what it would do, and votes yes: from then on it may decide nothing on its own. One that finds an
 *    account locked votes no, so there are no deadlocks; the coordinator retries.
 * 2. When all voted yes the coordinator writes down *commit*, answers its client, and notifies them, again
 *    and again until each has done it. In any other case it is an abort, and nothing is written: of a
 *    transaction that a coordinator does not know, the decision is abort.
 *
 * A participant that waits asks the coordinator. While that is down or cut off, the accounts stay
 * locked: two-phase commit blocks, and who needs them gets 30 (conflict). A client gets 11, 22 or 30
 * before a decision, when nothing happened and nothing will.
 *
 * With each prepare comes which transactions of its coordinator are over: of those the participants
 * remember nothing. A coordinator forgets a commit when all participants have done it.
 *
 * A read of all balances is a transaction too: it locks all accounts, so it sees no half of a transfer.
 *
 *   transfer {from, to, amount}, or 20, 22, 30 · read → {value}: balances by account
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
  together,
} from './accounts.ts';
import { Over } from './over.ts';

export interface TwoPhaseOptions {
  /** Whether a participant that waits may decide on its own. Correct: no. */
  readonly participantsGiveUp?: boolean;
}

type Deltas = Readonly<Record<string, number>>;

type Prepared = {
  readonly kind: 'prepared';
  readonly txn: string;
  readonly coordinator: string;
  readonly deltas: Deltas;
};

/** What is written down. `finished` is a participant's: it has done what was decided. */
type TxnRecord =
  | Prepared
  | { readonly kind: 'finished'; readonly txn: string; readonly isCommit: boolean }
  | { readonly kind: 'commit'; readonly txn: string; readonly participants: readonly string[] }
  | { readonly kind: 'ended'; readonly txn: string }
  /** What is left of all that came before. */
  | {
      readonly kind: 'sum';
      readonly balances: Balances;
      readonly finished: readonly string[];
      readonly over: readonly string[];
    };

/** A transaction of which this node is the coordinator and has not decided yet. */
interface Undecided {
  readonly request: Message;
  readonly deltas: Deltas;
  readonly deadlineMs: number;
}

type Prepare = {
  readonly type: 'prepare';
  readonly txn: string;
  readonly deltas: Deltas;
  /** The coordinator's oldest transaction that is undecided. */
  readonly oldest: string;
};

/** What an owner answers. */
type Answer = {
  readonly type: 'prepare_ok';
  readonly balances?: Balances;
  readonly refusal?: Refusal;
};

type Vote = Omit<Answer, 'type'> & { readonly owner: string };

type Decide = { readonly type: 'decide'; readonly txn: string; readonly isCommit: boolean };

/** How long a participant waits before it asks what was decided. */
const doubtMs = 300;

export class TwoPhase extends Machine<TxnRecord> {
  readonly handlers = {
    transfer: (request: Message) => {
      const { from, to, amount } = readTransfer(request.body, this.#bank);
      this.#begin(request, { [from]: -amount, [to]: amount }, this.nowMs + patienceMs);
    },
    read: (request: Message) => {
      const deltas = Object.fromEntries(accountsOf(this.#bank).map((account) => [account, 0]));
      this.#begin(request, deltas, this.nowMs + patienceMs);
    },
    prepare: (request: Message<Prepare>) => this.#prepare(request),
    decide: (request: Message<Decide>) => {
      const { txn, isCommit } = request.body;
      this.#finish(txn, isCommit);
      this.answer(request);
    },
    inquire: (request: Message) => this.#inquire(request),
  };
  readonly #bank: Bank;
  readonly #balances = new Map<string, number>();
  readonly #participantsGiveUp: boolean;

  /** As a participant: what waits for a decision, since when, and which transaction locks what. */
  readonly #prepared = new Map<string, Prepared>();
  readonly #askAgainMs = new Map<string, number>();
  readonly #locks = new Map<string, string>();
  /** Those that are not over yet. */
  readonly #finished = new Set<string>();
  readonly #over = new Over();

  /** As a coordinator. */
  /** The oldest first. */
  readonly #undecided = new Map<string, Undecided>();
  /** Those that not all participants have done yet. */
  readonly #committed = new Map<string, readonly string[]>();
  readonly #later: { readonly atMs: number; readonly run: () => void }[] = [];

  constructor(self: Self, bank: Bank, { participantsGiveUp = false }: TwoPhaseOptions = {}) {
    super(self);
    this.#bank = bank;
    this.#participantsGiveUp = participantsGiveUp;
    for (const account of accountsOf(bank)) {
      if (ownerOf(account, self.members) === self.id) this.#balances.set(account, bank.balance);
    }
  }

  override restore(records: readonly TxnRecord[], nowMs: number): void {
    super.restore(records, nowMs);
    for (const record of records) {
      if (record.kind === 'prepared') this.#lock(record);
      else if (record.kind === 'finished') this.#apply(record.txn, record.isCommit);
      else if (record.kind === 'commit') this.#committed.set(record.txn, record.participants);
      else if (record.kind === 'ended') this.#committed.delete(record.txn);
      else this.#restoreSum(record);
    }
    for (const [txn, participants] of this.#committed) this.#sendCommit(txn, participants);
  }

  #restoreSum({ balances, finished, over }: Extract<TxnRecord, { kind: 'sum' }>): void {
    for (const [account, balance] of Object.entries(balances)) this.#balances.set(account, balance);
    for (const txn of finished) this.#finished.add(txn);
    for (const oldest of over) this.#over.learn(oldest);
  }

  override snapshot(): TxnRecord[] {
    const sum: TxnRecord = {
      kind: 'sum',
      balances: Object.fromEntries(this.#balances),
      finished: [...this.#finished],
      over: this.#over.save(),
    };
    const commits = [...this.#committed].map(
      ([txn, participants]): TxnRecord => ({ kind: 'commit', txn, participants }),
    );
    return [sum, ...this.#prepared.values(), ...commits];
  }

  #begin(request: Message, deltas: Deltas, deadlineMs: number): void {
    const txn = this.nextOp();
    const byOwner = new Map<string, Record<string, number>>();
    for (const [account, delta] of Object.entries(deltas)) {
      const owner = ownerOf(account, this.self.members);
      byOwner.set(owner, { ...byOwner.get(owner), [account]: delta });
    }
    this.#undecided.set(txn, { request, deltas, deadlineMs });
    const votes: Vote[] = [];
    for (const [owner, theirs] of byOwner) {
      const [oldest] = this.#undecided.keys();
      const body: Prepare = { type: 'prepare', txn, deltas: theirs, oldest: oldest! };
      const options = { retryMs, patienceMs: deadlineMs - this.nowMs };
      this.ask<Answer>(owner, body, options, (answer) => {
        const late = { code: errorCodes.temporarilyUnavailable, text: `${owner} did not answer` };
        votes.push({ owner, ...(answer ?? { refusal: late }) });
        const undecided = this.#undecided.get(txn);
        if (undecided === undefined) return;
        const owners = [...byOwner.keys()];
        if (votes.at(-1)!.refusal !== undefined) this.#abort(txn, undecided, owners, votes.at(-1)!);
        else if (votes.length === owners.length) this.#commit(txn, undecided, owners, votes);
      });
    }
  }

  #commit(txn: string, { request }: Undecided, owners: readonly string[], votes: readonly Vote[]) {
    this.#undecided.delete(txn);
    if (request.body.type === 'read') {
      // Nothing changes, so releasing is an abort, which needs no record.
      for (const owner of owners) this.#letGo(txn, owner);
      this.answer(request, {
        value: together(
          this.#bank,
          votes.map(({ balances }) => balances!),
        ),
      });
      return;
    }
    this.#committed.set(txn, owners);
    this.persist({ kind: 'commit', txn, participants: owners });
    this.#sendCommit(txn, owners);
    this.answer(request);
  }

  #abort(txn: string, undecided: Undecided, owners: readonly string[], { refusal }: Vote): void {
    const { request, deltas, deadlineMs } = undecided;
    this.#undecided.delete(txn);
    for (const owner of owners) this.#letGo(txn, owner);
    const againMs = this.nowMs + retryMs * (0.5 + (this.#undecided.size % 8) / 8);
    if (refusal!.code === errorCodes.txnConflict && againMs < deadlineMs) {
      this.#later.push({ atMs: againMs, run: () => this.#begin(request, deltas, deadlineMs) });
    } else this.refuse(request, refusal!.code, refusal!.text);
  }

  #letGo(txn: string, owner: string): void {
    // A participant that does not hear it will ask, and an unknown transaction was aborted.
    this.ask(owner, { type: 'decide', txn, isCommit: false }, {}, () => {});
  }

  #sendCommit(txn: string, participants: readonly string[]): void {
    let open = participants.length;
    const options = { retryMs, patienceMs: Number.POSITIVE_INFINITY };
    for (const owner of participants) {
      this.ask(owner, { type: 'decide', txn, isCommit: true }, options, () => {
        if (--open > 0) return;
        this.#committed.delete(txn);
        this.persist({ kind: 'ended', txn });
      });
    }
  }

  #inquire(request: Message): void {
    const txn = String(request.body.txn);
    if (this.#undecided.has(txn)) this.answer(request, { isDecided: false });
    else this.answer(request, { isDecided: true, isCommit: this.#committed.has(txn) });
  }

  #prepare(request: Message<Prepare>): void {
    const { txn, deltas, oldest } = request.body;
    if (this.#over.learn(oldest)) {
      for (const done of this.#finished) if (this.#over.has(done)) this.#finished.delete(done);
    }
    const refusal = this.#prepared.has(txn) ? undefined : this.#refusalOf(txn, deltas);
    if (refusal !== undefined) {
      this.answer(request, { refusal });
      return;
    }
    if (!this.#prepared.has(txn)) {
      const prepared: Prepared = { kind: 'prepared', txn, coordinator: request.src, deltas };
      this.#lock(prepared);
      this.persist(prepared);
    }
    const balances = Object.keys(deltas).map((account) => [account, this.#balances.get(account)!]);
    this.answer(request, { balances: Object.fromEntries(balances) });
  }

  #refusalOf(txn: string, deltas: Deltas): Refusal | undefined {
    if (this.#finished.has(txn) || this.#over.has(txn)) {
      return { code: errorCodes.abort, text: `${txn} is over` };
    }
    for (const [account, delta] of Object.entries(deltas)) {
      if (this.#locks.has(account)) {
        return { code: errorCodes.txnConflict, text: `account ${account} is locked` };
      }
      const has = this.#balances.get(account)!;
      if (has + delta < 0) return noMoney(account, has, -delta);
    }
    return undefined;
  }

  #lock(prepared: Prepared): void {
    this.#prepared.set(prepared.txn, prepared);
    this.#askAgainMs.set(prepared.txn, this.nowMs + doubtMs);
    for (const account of Object.keys(prepared.deltas)) this.#locks.set(account, prepared.txn);
  }

  /** Done once, however often it arrives. What comes before its prepare is remembered too. */
  #finish(txn: string, isCommit: boolean): void {
    if (this.#finished.has(txn)) return;
    // It is over, and was done: a participant that waits for it has it prepared.
    if (this.#over.has(txn) && !this.#prepared.has(txn)) return;
    const wasPrepared = this.#prepared.has(txn);
    this.#apply(txn, isCommit);
    if (wasPrepared) this.persist({ kind: 'finished', txn, isCommit });
  }

  #apply(txn: string, isCommit: boolean): void {
    const { deltas = {} } = this.#prepared.get(txn) ?? {};
    for (const [account, delta] of Object.entries(deltas)) {
      if (isCommit) this.#balances.set(account, this.#balances.get(account)! + delta);
      this.#locks.delete(account);
    }
    this.#prepared.delete(txn);
    this.#askAgainMs.delete(txn);
    this.#finished.add(txn);
  }

  protected override onTick(): void {
    for (const { atMs, run } of this.#later.splice(0)) {
      if (this.nowMs >= atMs) run();
      else this.#later.push({ atMs, run });
    }
    for (const [txn, { coordinator }] of [...this.#prepared]) {
      if (this.nowMs < this.#askAgainMs.get(txn)!) continue;
      this.#askAgainMs.set(txn, this.nowMs + doubtMs);
      if (this.#participantsGiveUp) {
        this.#finish(txn, false);
        continue;
      }
      this.ask(coordinator, { type: 'inquire', txn }, { patienceMs: doubtMs }, (answer) => {
        if (answer?.isDecided === true) this.#finish(txn, answer.isCommit === true);
      });
    }
  }
}
