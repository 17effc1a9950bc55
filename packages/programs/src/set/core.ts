/**
 * A replicated set, always available: each node adds and removes locally and sends the others what
 * changed. In turn it shows each peer a digest, and where theirs differ, both send all they have. So
 * a set is to fit into one message, which has a megabyte. See or-set.ts for what merging means.
 *
 *   add {element} · remove {element} · read → {value}: the elements
 */
import type { Json, Message } from '@faultline/node';
import { Machine, type Self } from '../common/machine.ts';
import { malformed, readValue } from '../common/read.ts';
import { type Delta, OrSet } from './or-set.ts';

export interface SetOptions {
  readonly antiEntropyMs?: number;
}

type Gossip = {
  readonly type: 'delta' | 'whole';
  readonly delta: Delta;
  readonly isAnswer?: boolean;
};

export class SetMachine extends Machine<Delta> {
  readonly handlers = {
    add: (request: Message) => {
      const element = this.#element(request);
      this.#change(this.#set.added(element, `${this.self.id}.${this.self.incarnation}`));
      this.answer(request);
    },
    remove: (request: Message) => {
      this.#change(this.#set.removed(this.#element(request)));
      this.answer(request);
    },
    read: (request: Message) => this.answer(request, { value: this.#set.values() }),
    delta: ({ body }: Message<Gossip>) => this.#take(body.delta),
    digest: (message: Message) => this.#digest(message),
    whole: (message: Message<Gossip>) => this.#whole(message),
  };
  readonly #set = new OrSet();
  readonly #antiEntropyMs: number;
  #nextDigestMs = 0;
  #turn = 0;

  constructor(self: Self, { antiEntropyMs }: SetOptions = {}) {
    super(self);
    this.#antiEntropyMs = antiEntropyMs ?? 300;
  }

  override restore(records: readonly Delta[], nowMs: number): void {
    super.restore(records, nowMs);
    for (const record of records) this.#set.merge(record);
  }

  override snapshot(): Delta[] {
    return [this.#set.whole()];
  }

  #element({ body }: Message): Json {
    if (body.element === undefined) throw malformed('element is a value', undefined);
    return readValue(body.element);
  }

  #change(delta: Delta): void {
    this.#take(delta);
    for (const peer of this.peers) {
      this.send(peer, { type: 'delta', delta });
    }
  }

  #take(delta: Delta): void {
    const news = this.#set.merge(delta);
    if (news !== undefined) this.persist(news);
  }

  protected override onTick(): void {
    if (this.nowMs < this.#nextDigestMs || this.peers.length === 0) return;
    this.#nextDigestMs = this.nowMs + this.#antiEntropyMs;
    const peer = this.peers[this.#turn++ % this.peers.length]!;
    this.send(peer, { type: 'digest', digest: this.#digestNow() });
  }

  #digest({ src, body }: Message): void {
    if (body.digest === this.#digestNow()) return;
    this.#sendWhole(src, false);
  }

  #whole({ src, body }: Message<Gossip>): void {
    this.#take(body.delta);
    // One answer brings them together; an answer to the answer would never end.
    if (body.isAnswer !== true) this.#sendWhole(src, true);
  }

  #sendWhole(dest: string, isAnswer: boolean): void {
    this.send(dest, { type: 'whole', delta: this.#set.whole(), isAnswer });
  }

  #digestNow(): string {
    return digestOf(JSON.stringify(this.#set.whole()));
  }
}

/** FNV-1a twice over, with different beginnings: equal for equal texts, and hardly ever otherwise. */
function digestOf(text: string): string {
  let a = 0x811c9dc5;
  let b = 0x01234567;
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(i), 0x85ebca6b) ^ (b >>> 13);
  }
  return `${text.length} ${a >>> 0} ${b >>> 0}`;
}
