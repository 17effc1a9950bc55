/**
 * A counter that every node increments locally (Shapiro et al. 2011, "A comprehensive study of
 * convergent and commutative replicated data types", specifications 6 and 7): each start of each node
 * has its own part, of which it alone adds to the sum of what was added and the sum of what was
 * taken away. Both only grow, so of two versions of a part the larger sums are the newer ones, and
 * merging is taking them. Parts belong to starts and not to nodes, since a node whose disk was wiped
 * begins again at zero.
 *
 *   add {delta} · read → {value}
 */
import type { Message } from '@faultline/node';
import { Machine, type Self } from '../common/machine.ts';
import { malformed, readInteger } from '../common/read.ts';

type Part = {
  readonly plus: number;
  readonly minus: number;
};

/** By start, such as `n1.2`. */
export type Parts = Readonly<Record<string, Part>>;

type Gossip = { readonly type: 'parts'; readonly parts: Parts };

const totalOf = (parts: Parts): number =>
  Object.values(parts).reduce((sum, { plus, minus }) => sum + plus - minus, 0);

export function mergeParts(a: Parts, b: Parts): Parts {
  return { ...a, ...newsOf(a, b) };
}

/** The part of `theirs` that is new to the owner of `mine`, merged. */
export function newsOf(mine: Parts, theirs: Parts): Parts {
  const news: Record<string, Part> = {};
  for (const [start, their] of Object.entries(theirs)) {
    const my = Object.hasOwn(mine, start) ? mine[start]! : { plus: 0, minus: 0 };
    if (their.plus <= my.plus && their.minus <= my.minus) continue;
    news[start] = {
      plus: Math.max(my.plus, their.plus),
      minus: Math.max(my.minus, their.minus),
    };
  }
  return news;
}

export interface CounterOptions {
  /** `grow`: nothing may be taken away. */
  readonly kind?: 'pn' | 'grow';
  readonly gossipMs?: number;
}

export class Counter extends Machine<Parts> {
  readonly handlers = {
    add: (request: Message) => this.#addTo(request),
    read: (request: Message) => this.answer(request, { value: totalOf(this.#parts) }),
    parts: ({ body }: Message<Gossip>) => this.#take(body.parts),
  };
  readonly #kind: 'pn' | 'grow';
  readonly #gossipMs: number;
  #parts: Parts = {};
  #nextGossipMs = 0;

  constructor(self: Self, { kind, gossipMs }: CounterOptions = {}) {
    super(self);
    this.#kind = kind ?? 'pn';
    this.#gossipMs = gossipMs ?? 100;
  }

  override restore(records: readonly Parts[], nowMs: number): void {
    super.restore(records, nowMs);
    for (const record of records) this.#parts = mergeParts(this.#parts, record);
  }

  override snapshot(): Parts[] {
    return [this.#parts];
  }

  #addTo(request: Message): void {
    const delta = readInteger(request.body.delta, 'delta');
    if (delta < 0 && this.#kind === 'grow') {
      throw malformed('delta is at least 0 in a counter that only grows', delta);
    }
    const start = `${this.self.id}.${this.self.incarnation}`;
    const { plus, minus } = this.#parts[start] ?? { plus: 0, minus: 0 };
    const part = { plus: plus + Math.max(0, delta), minus: minus + Math.max(0, -delta) };
    this.#take({ [start]: part });
    this.answer(request);
  }

  /** What others counted is kept too, so that no read here goes back after a restart. */
  #take(parts: Parts): void {
    const news = newsOf(this.#parts, parts);
    if (Object.keys(news).length === 0) return;
    this.#parts = { ...this.#parts, ...news };
    this.persist(news);
  }

  protected override onTick(): void {
    if (this.nowMs < this.#nextGossipMs) return;
    this.#nextGossipMs = this.nowMs + this.#gossipMs;
    for (const peer of this.peers) {
      this.send(peer, { type: 'parts', parts: this.#parts });
    }
  }
}
