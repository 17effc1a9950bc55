/**
 * A key-value store that is always available and throws no write away: values that were written
 * without knowledge of each other are all kept, until a client that has read them writes one (as in
 * DeCandia et al. 2007, "Dynamo", section 4.4). See versions.ts for how that is decided.
 *
 *   read {key} → {values, context} · write {key, value, context} → {values, context}: what is there now.
 *   A write without a context has seen nothing, and replaces nothing.
 */
import type { Json, Message } from '@faultline/node';
import { Machine, type Self } from '../common/machine.ts';
import { isObject, malformed, readKey, readValue } from '../common/read.ts';
import { contextOf, type Past, sync, type Version, written } from './versions.ts';

export interface SiblingsOptions {
  readonly antiEntropyMs?: number;
}

type KeyRecord = {
  readonly key: string;
  readonly versions: readonly Version[];
};

type Keys = { readonly type: 'keys'; readonly keys: readonly KeyRecord[] };

type Digest = {
  readonly type: 'digest';
  readonly dots: Readonly<Record<string, string>>;
  readonly isAnswer: boolean;
};

/** Keys of one message, so that it has room for their values. */
const batchCharsMax = 300_000;

export class Siblings extends Machine<KeyRecord> {
  readonly handlers = {
    read: (request: Message) => this.#answerWith(request, readKey(request.body.key)),
    write: (request: Message) => this.#write(request),
    keys: ({ body }: Message<Keys>) => {
      for (const { key, versions } of body.keys) this.#take(key, versions);
    },
    digest: (message: Message<Digest>) => this.#digest(message),
  };
  readonly #keys = new Map<string, readonly Version[]>();
  readonly #antiEntropyMs: number;
  #nextDigestMs = 0;
  #turn = 0;

  constructor(self: Self, { antiEntropyMs }: SiblingsOptions = {}) {
    super(self);
    this.#antiEntropyMs = antiEntropyMs ?? 300;
  }

  override restore(records: readonly KeyRecord[], nowMs: number): void {
    super.restore(records, nowMs);
    for (const { key, versions } of records) this.#keys.set(key, versions);
  }

  override snapshot(): KeyRecord[] {
    return this.#records([...this.#keys.keys()]);
  }

  /**
   * A write is answered as a read is. A context of the write alone would be a lie: as counts it says
   * that its client has seen the earlier writes of this node too.
   */
  #answerWith(request: Message, key: string): void {
    const versions = this.#versionsOf(key);
    const values = versions.map(({ value }) => value);
    this.answer(request, { values, context: contextOf(versions) });
  }

  #versionsOf(key: string): readonly Version[] {
    return this.#keys.get(key) ?? [];
  }

  #write(request: Message): void {
    const key = readKey(request.body.key);
    const value = readValue(request.body.value);
    const past = readContext(request.body.context);
    const start = `${this.self.id}.${this.self.incarnation}`;
    this.#take(key, written(this.#versionsOf(key), { start, past, value }));
    for (const peer of this.peers) this.#sendKeys(peer, [key]);
    this.#answerWith(request, key);
  }

  #take(key: string, theirs: readonly Version[]): void {
    const mine = this.#versionsOf(key);
    const versions = sync(mine, theirs);
    if (dotsOf(versions) === dotsOf(mine)) return;
    this.#keys.set(key, versions);
    this.persist({ key, versions });
  }

  /** All siblings of a key travel together: who has one version has seen all that its writer's node had. */
  #sendKeys(dest: string, keys: readonly string[]): void {
    let batch: KeyRecord[] = [];
    let chars = 0;
    const flush = (): void => {
      if (batch.length > 0) this.send(dest, { type: 'keys', keys: batch });
      batch = [];
      chars = 0;
    };
    for (const record of this.#records(keys)) {
      const needed = JSON.stringify(record).length;
      if (chars + needed > batchCharsMax) flush();
      batch.push(record);
      chars += needed;
    }
    flush();
  }

  protected override onTick(): void {
    if (this.nowMs < this.#nextDigestMs || this.peers.length === 0) return;
    this.#nextDigestMs = this.nowMs + this.#antiEntropyMs;
    this.#sendDigest(this.peers[this.#turn++ % this.peers.length]!, false);
  }

  #sendDigest(dest: string, isAnswer: boolean): void {
    const dots = Object.fromEntries([...this.#keys].map(([key, all]) => [key, dotsOf(all)]));
    this.send(dest, { type: 'digest', dots, isAnswer });
  }

  #digest({ src, body }: Message<Digest>): void {
    const theirs = body.dots;
    const known = (key: string): string => (Object.hasOwn(theirs, key) ? theirs[key]! : '');
    const differing = [...this.#keys].filter(([key, all]) => known(key) !== dotsOf(all));
    this.#sendKeys(
      src,
      differing.map(([key]) => key),
    );
    const isLacking = Object.keys(theirs).some(
      (key) => theirs[key] !== dotsOf(this.#versionsOf(key)),
    );
    if (body.isAnswer !== true && isLacking) this.#sendDigest(src, true);
  }

  #records(keys: readonly string[]): KeyRecord[] {
    return keys.map((key) => ({ key, versions: this.#versionsOf(key) }));
  }
}

/** Equal for equal siblings. */
const dotsOf = (versions: readonly Version[]): string =>
  versions.map(({ dot: [start, count] }) => `${start}#${count}`).join(' ');

function readContext(context: Json | undefined): Past {
  const past = context ?? {};
  if (isPast(past)) return past;
  throw malformed('context is what a read or a write answered', context);
}

const isPast = (past: Json): past is Past =>
  isObject(past) &&
  Object.values(past).every(
    (count) => typeof count === 'number' && Number.isSafeInteger(count) && count >= 0,
  );
