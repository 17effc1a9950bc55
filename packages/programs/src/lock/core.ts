/**
 * Locks with leases, and a resource that they guard. The lock service is the first member, the
 * resource the last one; the others pass requests on.
 *
 * A lease ends by the service's clock, and its holder may not know yet: it was paused, or its
 * clock is slow. So a lock alone guards nothing. Each acquisition has a *fencing token*, greater than
 * every one before, and the resource refuses a token that is smaller than one it has seen
 * (Kleppmann 2016, "How to do distributed locking"; Burrows 2006, "The Chubby lock service", section
 * 2.4, calls it a sequencer).
 *
 * Tokens are on disk before they are given out, so a restart takes none back. It also gives every
 * holder the whole lease again: how much had passed is not known.
 *
 *   acquire {key, lease} → {token, lease}, or 11 while another holds it · renew {key, token, lease}
 *   release {key, token}: both answer 22 where the token is no longer the holder's
 *   write {key, token, value}, or 22 · read {key} → {value, token}: the resource. Leases are in ms.
 */
import { type Body, errorCodes, type Json, type Message, RpcError } from '@faultline/node';
import { Machine, type Self } from '../common/machine.ts';
import { readInteger, readKey, readValue } from '../common/read.ts';

export interface LockOptions {
  /** Whether the resource refuses tokens that are older than one it has seen. Right: yes. */
  readonly fencing?: boolean;
}

type Lock = {
  readonly kind: 'lock';
  readonly key: string;
  readonly token: number;
  /** Null: free. */
  readonly holder: string | null;
  readonly leaseMs: number;
};

type Guarded = {
  readonly kind: 'guarded';
  readonly key: string;
  readonly token: number;
  readonly value: Json;
};

const leaseMs = 1000;

export class LockService extends Machine<Lock | Guarded> {
  readonly handlers = {
    acquire: (request: Message) => this.#atService(request, () => this.#acquire(request)),
    renew: (request: Message) => this.#atService(request, () => this.#renew(request)),
    release: (request: Message) => this.#atService(request, () => this.#release(request)),
    write: (request: Message) => this.#atResource(request, () => this.#write(request)),
    read: (request: Message) => this.#atResource(request, () => this.#read(request)),
  };
  readonly #locks = new Map<string, Lock>();
  /** When the leases end, by this node's clock. */
  readonly #endsMs = new Map<string, number>();
  readonly #guarded = new Map<string, Guarded>();
  readonly #isFenced: boolean;

  constructor(self: Self, { fencing = true }: LockOptions = {}) {
    super(self);
    this.#isFenced = fencing;
  }

  override restore(records: readonly (Lock | Guarded)[], nowMs: number): void {
    super.restore(records, nowMs);
    for (const record of records) {
      if (record.kind === 'lock') this.#locks.set(record.key, record);
      else this.#guarded.set(record.key, record);
    }
    for (const lock of this.#locks.values()) this.#endsMs.set(lock.key, nowMs + lock.leaseMs);
  }

  override snapshot(): (Lock | Guarded)[] {
    return [...this.#locks.values(), ...this.#guarded.values()];
  }

  #atService(request: Message, then: () => void): void {
    const service = this.self.members[0]!;
    if (this.self.id === service) then();
    else this.passOn(request, service, { isRead: false });
  }

  #atResource(request: Message, then: () => void): void {
    const resource = this.self.members.at(-1)!;
    if (this.self.id === resource) then();
    else this.passOn(request, resource, { isRead: request.body.type === 'read' });
  }

  /** Also who holds it already has to wait: its earlier answer may be on the way. */
  #acquire(request: Message): void {
    const key = readLockKey(request.body);
    const lease = readLease(request);
    const lock = this.#locks.get(key);
    if (lock !== undefined && this.#isHeld(lock)) {
      const restMs = Math.ceil(this.#endsMs.get(key)! - this.nowMs);
      const text = `${lock.holder} holds ${key} for another ${restMs} ms`;
      throw new RpcError(errorCodes.temporarilyUnavailable, text);
    }
    const token = (lock?.token ?? 0) + 1;
    this.#keep({ kind: 'lock', key, token, holder: request.src, leaseMs: lease });
    this.event('acquired', { key, token, holder: request.src });
    this.answer(request, { token, lease });
  }

  #renew(request: Message): void {
    const lease = readLease(request);
    const lock = this.#held(request);
    this.#keep({ ...lock, leaseMs: lease });
    this.answer(request, { token: lock.token, lease });
  }

  #release(request: Message): void {
    this.#keep({ ...this.#held(request), holder: null });
    this.answer(request);
  }

  /** The lock, if the request's token is its holder's. */
  #held({ body }: Message): Lock {
    const key = readLockKey(body);
    const token = readInteger(body.token, 'token');
    const lock = this.#locks.get(key);
    if (lock !== undefined && this.#isHeld(lock) && lock.token === token) return lock;
    throw new RpcError(errorCodes.preconditionFailed, `token ${token} no longer holds ${key}`);
  }

  #isHeld({ key, holder }: Lock): boolean {
    return holder !== null && this.nowMs < this.#endsMs.get(key)!;
  }

  #keep(lock: Lock): void {
    this.#locks.set(lock.key, lock);
    this.#endsMs.set(lock.key, this.nowMs + lock.leaseMs);
    this.persist(lock);
  }

  #write(request: Message): void {
    const key = readLockKey(request.body);
    const token = readInteger(request.body.token, 'token');
    const value = readValue(request.body.value);
    const seen = this.#guarded.get(key)?.token ?? 0;
    if (this.#isFenced && token < seen) {
      const text = `token ${token} is older than ${seen}, which ${key} has seen`;
      throw new RpcError(errorCodes.preconditionFailed, text);
    }
    const guarded: Guarded = { kind: 'guarded', key, token, value };
    this.#guarded.set(key, guarded);
    this.persist(guarded);
    this.event('wrote', { key, token });
    this.answer(request);
  }

  #read(request: Message): void {
    const { value = null, token = 0 } = this.#guarded.get(readLockKey(request.body)) ?? {};
    this.answer(request, { value, token });
  }
}

/** Who needs one lock only need not name it. */
const readLockKey = ({ key = 'lock' }: Body): string => readKey(key);

const readLease = ({ body }: Message): number =>
  body.lease === undefined ? leaseMs : readInteger(body.lease, 'lease', { min: 1 });
