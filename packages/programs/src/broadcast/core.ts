/**
 * Broadcast by gossip: each value that was broadcast reaches all nodes in the end.
 *
 * - A node keeps a value on disk, then passes it on to its neighbours, batch by batch. A batch is sent
 *   again until the neighbour has acknowledged it, so a partition only makes it wait.
 * - What a node passed on and to whom is in memory only. After a restart, and whenever a digest shows
 *   that two neighbours differ, they send each other what the differing part has (anti-entropy;
 *   Demers et al. 1987, "Epidemic algorithms for replicated database maintenance", section 1.3).
 *
 *   broadcast {message} · read → {messages} · topology {topology}: who is whose neighbour; else all are
 */
import type { Json, Message } from '@faultline/node';
import { Machine, retryMs, type Self } from '../common/machine.ts';
import { canonicalText, isObject, malformed, readValue } from '../common/read.ts';

export interface BroadcastOptions {
  /** How many values may wait for a neighbour; more are dropped. Right: no bound. */
  readonly outboxMax?: number;
  /** How often a neighbour is asked whether it knows the same. Right: any time but infinity. */
  readonly antiEntropyMs?: number;
}

/** Values of one batch: with the largest ones there are it still fits into a message. */
const batchCharsMax = 300_000;
const buckets = 64;

type ValuesRecord =
  | { readonly values: readonly Json[] }
  | { readonly neighbours: readonly string[] };

type Gossip = { readonly type: 'gossip'; readonly values: readonly Json[] };

type Digest = {
  readonly type: 'digest';
  readonly sums: readonly number[];
  readonly isAnswer: boolean;
};

interface Neighbour {
  /** Texts of values that it has not acknowledged, the oldest first. */
  readonly outbox: Set<string>;
  isAsked: boolean;
}

export class Broadcast extends Machine<ValuesRecord> {
  readonly handlers = {
    broadcast: (request: Message) => this.#broadcast(request),
    read: (request: Message) => this.answer(request, { messages: [...this.#values.values()] }),
    topology: (request: Message) => this.#topology(request),
    gossip: (request: Message<Gossip>) => this.#gossip(request),
    digest: (message: Message<Digest>) => this.#digest(message),
  };
  readonly #values = new Map<string, Json>();
  /** Sums over the values of each bucket, equal where the values are. */
  readonly #sums = new Array<number>(buckets).fill(0);
  readonly #neighbours = new Map<string, Neighbour>();
  /** The neighbours that a topology named; undefined: all. */
  #chosen: readonly string[] | undefined;
  readonly #outboxMax: number;
  readonly #antiEntropyMs: number;
  #nextDigestMs = 0;
  #turn = 0;

  constructor(self: Self, { outboxMax, antiEntropyMs }: BroadcastOptions = {}) {
    super(self);
    this.#outboxMax = outboxMax ?? Number.POSITIVE_INFINITY;
    this.#antiEntropyMs = antiEntropyMs ?? 500;
    this.#setNeighbours(this.peers);
  }

  override restore(records: readonly ValuesRecord[], nowMs: number): void {
    super.restore(records, nowMs);
    for (const record of records) {
      if ('values' in record) for (const value of record.values) this.#add(value);
      else this.#choose(record.neighbours);
    }
  }

  /** Each value is on disk once, so there is little to let go of. */
  override snapshot(): ValuesRecord[] {
    const values = [...this.#values.values()].map((value) => ({ values: [value] }));
    const chosen = this.#chosen;
    return [...(chosen === undefined ? [] : [{ neighbours: [...chosen] }]), ...values];
  }

  #broadcast(request: Message): void {
    if (request.body.message === undefined) throw malformed('message is a value', undefined);
    this.#learn([readValue(request.body.message)], request.src);
    this.answer(request);
  }

  #gossip(request: Message<Gossip>): void {
    this.#learn(request.body.values, request.src);
    this.answer(request);
  }

  #learn(values: readonly Json[], from: string): void {
    const news = values.filter((value) => this.#add(value));
    if (news.length === 0) return;
    this.persist({ values: news });
    for (const [id, neighbour] of this.#neighbours) {
      if (id === from) continue;
      for (const value of news) this.#queue(neighbour, canonicalText(value));
      this.#pass(id, neighbour);
    }
  }

  #queue({ outbox }: Neighbour, text: string): void {
    if (outbox.size < this.#outboxMax) outbox.add(text);
  }

  /** One batch is on its way at a time; what comes meanwhile goes with the next one. */
  #pass(id: string, neighbour: Neighbour): void {
    if (neighbour.isAsked || neighbour.outbox.size === 0) return;
    const batch: string[] = [];
    let chars = 0;
    for (const text of neighbour.outbox) {
      chars += text.length;
      if (chars > batchCharsMax && batch.length > 0) break;
      batch.push(text);
    }
    neighbour.isAsked = true;
    const values = batch.map((text) => this.#values.get(text)!);
    const patienceMs = Number.POSITIVE_INFINITY;
    this.ask(id, { type: 'gossip', values }, { retryMs, patienceMs }, () => {
      for (const text of batch) neighbour.outbox.delete(text);
      neighbour.isAsked = false;
      this.#pass(id, neighbour);
    });
  }

  #topology(request: Message): void {
    const { topology } = request.body;
    const mine = isObject(topology) ? topology[this.self.id] : undefined;
    if (!Array.isArray(mine))
      throw malformed('topology names the neighbors of each node', topology);
    const neighbours = this.peers.filter((peer) => mine.includes(peer));
    this.persist({ neighbours });
    this.#choose(neighbours);
    this.answer(request);
  }

  #choose(neighbours: readonly string[]): void {
    this.#chosen = neighbours;
    this.#setNeighbours(neighbours);
  }

  #setNeighbours(ids: readonly string[]): void {
    for (const id of this.#neighbours.keys()) if (!ids.includes(id)) this.#neighbours.delete(id);
    for (const id of ids) {
      if (!this.#neighbours.has(id)) {
        this.#neighbours.set(id, { outbox: new Set(), isAsked: false });
      }
    }
  }

  /** Each neighbour in turn. One that has not acknowledged all is known to lack something. */
  protected override onTick(): void {
    if (this.#neighbours.size === 0 || !Number.isFinite(this.#antiEntropyMs)) return;
    if (this.nowMs < this.#nextDigestMs) return;
    this.#nextDigestMs = this.nowMs + this.#antiEntropyMs;
    const ids = [...this.#neighbours.keys()];
    const id = ids[this.#turn++ % ids.length]!;
    if (this.#neighbours.get(id)!.outbox.size === 0) this.#sendDigest(id, false);
  }

  #sendDigest(dest: string, isAnswer: boolean): void {
    this.send(dest, { type: 'digest', sums: [...this.#sums], isAnswer });
  }

  #digest({ src, body }: Message<Digest>): void {
    const { sums } = body;
    const neighbour = this.#neighbours.get(src);
    if (sums.every((sum, i) => sum === this.#sums[i])) return;
    if (body.isAnswer !== true) this.#sendDigest(src, true);
    if (neighbour === undefined) return;
    for (const text of this.#values.keys()) {
      const bucket = bucketOf(hash(text));
      if (sums[bucket] !== this.#sums[bucket]) this.#queue(neighbour, text);
    }
    this.#pass(src, neighbour);
  }

  #add(value: Json): boolean {
    const text = canonicalText(value);
    if (this.#values.has(text)) return false;
    this.#values.set(text, value);
    const hashed = hash(text);
    const bucket = bucketOf(hashed);
    this.#sums[bucket] = (this.#sums[bucket]! + hashed) >>> 0;
    return true;
  }
}

const bucketOf = (hashed: number): number => hashed % buckets;

/** FNV-1a, mixed once more: its lowest bits alone are poor. */
function hash(text: string): number {
  let hashed = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hashed = Math.imul(hashed ^ text.charCodeAt(i), 0x01000193);
  }
  return Math.imul(hashed ^ (hashed >>> 15), 0x2c1b3c6d) >>> 0;
}
