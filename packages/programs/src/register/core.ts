/**
 * A register for each key, linearizable, with no leader: a quorum of nodes decides (Attiya, Bar-Noy &
 * Dolev 1995, "Sharing memory robustly in message-passing systems"), with many writers (Lynch &
 * Shvartsman 1997).
 *
 * - Each value has a *tag*; larger tags are newer. A node keeps, of each key, the newest value that it
 *   was given.
 * - A write asks a quorum for their tags, takes a larger one, and gives the value to a quorum.
 * - A read asks a quorum, takes the newest value, and gives that to a quorum before it answers: else
 *   the next read, of another quorum, could find an older one.
 *
 * Any two quorums have a node in common, so a read quorum meets every write quorum. A minority that
 * is cut off answers 11 (nothing happened), or 0 to a write that it had begun to give out. There is
 * no compare-and-set: that is consensus, and registers cannot do it (Herlihy 1991).
 *
 *   read {key} → {value}, or 20 · write {key, value}
 */
import { type Body, errorCodes, type Json, type Message, RpcError } from '@faultline/node';
import { Machine, patienceMs, retryMs, type Self } from '../common/machine.ts';
import { readKey, readValue } from '../common/read.ts';

export interface RegisterOptions {
  /** How many of `n` nodes have to agree. Right: any two quorums meet. */
  readonly quorum?: (n: number) => number;
  /** Whether a read gives what it found to a quorum. Right: yes. */
  readonly writeBack?: boolean;
}

/** How many make a majority: two majorities of the same nodes have one in common. */
export const majority = (n: number): number => Math.floor(n / 2) + 1;

/** Writer is the operation that wrote: no two writes have one tag, also of one node. */
export type Tag = {
  readonly count: number;
  readonly writer: string;
};

type Version = {
  readonly tag: Tag;
  readonly value: Json;
};

type KeyVersion = Version & { readonly key: string };
type Found = Version & { readonly type: 'query_ok' };
type Store = KeyVersion & { readonly type: 'store' };

const nothing: Version = { tag: { count: 0, writer: '' }, value: null };

export function isNewer(a: Tag, b: Tag): boolean {
  return a.count === b.count ? a.writer > b.writer : a.count > b.count;
}

export class Register extends Machine<KeyVersion> {
  readonly handlers = {
    read: (request: Message) => this.#read(request),
    write: (request: Message) => this.#write(request),
    cas: () => {
      const text = 'registers have no cas: it needs consensus; use the program raft';
      throw new RpcError(errorCodes.notSupported, text);
    },
    query: (request: Message) => {
      const { tag, value } = this.#versions.get(String(request.body.key)) ?? nothing;
      this.answer(request, { tag, value });
    },
    store: (request: Message<Store>) => this.#store(request),
  };
  readonly #versions = new Map<string, Version>();
  readonly #quorum: number;
  readonly #writeBack: boolean;

  constructor(self: Self, { quorum = majority, writeBack = true }: RegisterOptions = {}) {
    super(self);
    this.#quorum = quorum(self.members.length);
    this.#writeBack = writeBack;
  }

  override restore(records: readonly KeyVersion[], nowMs: number): void {
    super.restore(records, nowMs);
    for (const { key, ...version } of records) {
      this.#versions.set(key, version);
    }
  }

  override snapshot(): KeyVersion[] {
    return [...this.#versions].map(([key, version]) => ({ key, ...version }));
  }

  #read(request: Message): void {
    const key = readKey(request.body.key);
    const deadlineMs = this.nowMs + patienceMs;
    const giveUp = (): void => this.#refuseWithoutQuorum(request);
    this.#gather<Found>({ type: 'query', key }, deadlineMs, giveUp, (answers) => {
      const newest = newestOf(answers);
      const reply = (): void => {
        if (newest.tag.count > 0) this.answer(request, { value: newest.value });
        else this.refuse(request, errorCodes.keyDoesNotExist, `there is no key ${key}`);
      };
      if (this.#writeBack && newest.tag.count > 0) {
        this.#gather(storing(key, newest), deadlineMs, giveUp, reply);
      } else reply();
    });
  }

  #write(request: Message): void {
    const key = readKey(request.body.key);
    const value = readValue(request.body.value);
    const deadlineMs = this.nowMs + patienceMs;
    const giveUp = (): void => this.#refuseWithoutQuorum(request);
    this.#gather<Found>({ type: 'query', key }, deadlineMs, giveUp, (answers) => {
      const tag = { count: newestOf(answers).tag.count + 1, writer: this.nextOp() };
      const leaveOpen = (): void => {
        const text = 'no quorum acknowledged the write in time: it may or may not take effect';
        this.refuse(request, errorCodes.timeout, text);
      };
      this.#gather(storing(key, { tag, value }), deadlineMs, leaveOpen, () => this.answer(request));
    });
  }

  /** Asks all nodes and needs a quorum; asks again those that have not answered. */
  #gather<Answer extends Body = Body>(
    body: Body,
    deadlineMs: number,
    giveUp: () => void,
    then: (answers: readonly Answer[]) => void,
  ): void {
    const answers: Answer[] = [];
    const options = { retryMs, patienceMs: deadlineMs - this.nowMs };
    const cancels = this.self.members.map((member) =>
      this.ask<Answer>(member, body, options, (answer) => {
        if (answer !== undefined) answers.push(answer);
        const isEnough = answers.length >= this.#quorum;
        if (answer !== undefined && !isEnough) return;
        for (const cancel of cancels) cancel();
        if (isEnough) then(answers);
        else giveUp();
      }),
    );
  }

  #store(request: Message<Store>): void {
    const { key, tag, value } = request.body;
    if (isNewer(tag, (this.#versions.get(key) ?? nothing).tag)) {
      this.#versions.set(key, { tag, value });
      this.persist({ key, tag, value });
    }
    this.answer(request);
  }

  #refuseWithoutQuorum(request: Message): void {
    const { length } = this.self.members;
    const text = `${this.self.id} reached fewer than ${this.#quorum} of ${length} nodes`;
    this.refuse(request, errorCodes.temporarilyUnavailable, text);
  }
}

const storing = (key: string, { tag, value }: Version): Store => ({
  type: 'store',
  key,
  tag,
  value,
});

const newestOf = (answers: readonly Version[]): Version =>
  answers.reduce((a, b) => (isNewer(b.tag, a.tag) ? b : a));
