/**
 * Append-only logs with offsets, one for each key: Maelstrom's kafka. Each key has one owner, who alone
 * gives out its offsets, so they have no gaps and no duplicates; the others forward requests. Owners are
 * chosen by the key's hash, so that keys are spread over the members.
 *
 * A message is on the owner's disk before its offset is answered, and no poll shows it earlier. In a
 * partition a key is available to nodes that reach its owner, and to none while its owner is down.
 *
 * A send may carry a `request`, any name that its client gives it alone. If the answer is lost and the
 * client retries under that name, nothing is appended twice: the answer is the offset it has.
 *
 *   send {key, msg, request} → {offset} · poll {offsets} → {msgs}: by key, lists of [offset, msg] from there on;
 *   keys whose owner does not answer are left out · commit_offsets {offsets}: never back ·
 *   list_committed_offsets {keys} → {offsets}
 */
import type { Body, Json, Message } from '@faultline/node';
import { Machine, patienceMs, retryMs } from '../common/machine.ts';
import { isObject, malformed, readInteger, readKey, readValue } from '../common/read.ts';

type Offsets = Readonly<Record<string, number>>;

/** A message as it was sent. */
type Sent = {
  readonly msg: Json;
  readonly request?: string;
};

type LogRecord =
  | ({ readonly kind: 'message'; readonly key: string } & Sent)
  | { readonly kind: 'committed'; readonly key: string; readonly offset: number };

/** What owners are asked for. */
type Asked = {
  readonly type: 'fetch' | 'commit' | 'committed';
  readonly offsets: Offsets;
};

/** What one key may have of an answer to poll: longer logs are read in several. */
const pollCharsMax = 200_000;

/** Whose a key is. */
export function ownerOf(key: string, members: readonly string[]): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return members[((hash ^ (hash >>> 15)) >>> 0) % members.length]!;
}

export class AppendLog extends Machine<LogRecord> {
  readonly handlers = {
    send: (request: Message) => this.#send(request),
    poll: (request: Message) => this.#poll(request),
    commit_offsets: (request: Message) => this.#commitOffsets(request),
    list_committed_offsets: (request: Message) => this.#listCommitted(request),
    fetch: (request: Message<Asked>) => this.answer(request, { msgs: this.#fetched(request) }),
    commit: (request: Message<Asked>) => {
      this.#commit(request.body.offsets);
      this.answer(request);
    },
    committed: (request: Message<Asked>) =>
      this.answer(request, { offsets: this.#committedOf(request) }),
  };
  readonly #logs = new Map<string, Sent[]>();
  readonly #committed = new Map<string, number>();
  /** By key and request: the offset that it has. */
  readonly #offsets = new Map<string, number>();

  override restore(records: readonly LogRecord[], nowMs: number): void {
    super.restore(records, nowMs);
    for (const record of records) {
      if (record.kind === 'message') this.#append(record.key, sentIn(record));
      else this.#committed.set(record.key, record.offset);
    }
  }

  /** Messages stay forever, with their names; of committed offsets the last one of each key. */
  override snapshot(): LogRecord[] {
    const messages = [...this.#logs].flatMap(([key, log]) =>
      log.map((sent): LogRecord => ({ kind: 'message', key, ...sent })),
    );
    const committed = [...this.#committed].map(
      ([key, offset]): LogRecord => ({ kind: 'committed', key, offset }),
    );
    return [...messages, ...committed];
  }

  #send(request: Message): void {
    const key = readKey(request.body.key);
    const msg = readValue(request.body.msg);
    const owner = ownerOf(key, this.self.members);
    if (owner !== this.self.id) {
      this.passOn(request, owner, { isRead: false });
      return;
    }
    const name = readRequest(request.body.request);
    const known = name === undefined ? undefined : this.#offsets.get(nameIn(key, name));
    if (known !== undefined) {
      this.answer(request, { offset: known });
      return;
    }
    const sent = name === undefined ? { msg } : { msg, request: name };
    const offset = this.#append(key, sent);
    this.persist({ kind: 'message', key, ...sent });
    this.answer(request, { offset });
  }

  #append(key: string, sent: Sent): number {
    const offset = this.#logOf(key).push(sent) - 1;
    if (sent.request !== undefined) this.#offsets.set(nameIn(key, sent.request), offset);
    return offset;
  }

  #poll(request: Message): void {
    const offsets = readOffsets(request.body.offsets);
    this.#askOwners(request, offsets, 'fetch', { isPartial: true }, (answers) => {
      this.answer(request, { msgs: Object.assign({}, ...answers.map(({ msgs }) => msgs)) });
    });
  }

  #commitOffsets(request: Message): void {
    const offsets = readOffsets(request.body.offsets);
    this.#askOwners(request, offsets, 'commit', { isPartial: false }, () => this.answer(request));
  }

  #listCommitted(request: Message): void {
    const { keys } = request.body;
    if (!Array.isArray(keys)) throw malformed('keys is a list of keys', keys);
    const wanted = Object.fromEntries(keys.map((key) => [readKey(key), 0]));
    this.#askOwners(request, wanted, 'committed', { isPartial: false }, (answers) => {
      this.answer(request, {
        offsets: Object.assign({}, ...answers.map(({ offsets }) => offsets)),
      });
    });
  }

  /**
   * Asks each owner for its keys, repeatedly: all three questions may come twice. Then: with what
   * all have answered or, where a part is of use, those that did.
   */
  #askOwners(
    request: Message,
    offsets: Offsets,
    type: Asked['type'],
    { isPartial }: { readonly isPartial: boolean },
    then: (answers: readonly Body[]) => void,
  ): void {
    const byOwner = groupByOwner(offsets, this.self.members);
    const answers: Body[] = [];
    let open = byOwner.size;
    if (open === 0) then(answers);
    for (const [owner, theirs] of byOwner) {
      this.ask(owner, { type, offsets: theirs }, { retryMs, patienceMs }, (answer) => {
        if (answer !== undefined) answers.push(answer);
        if (--open > 0) return;
        const isEnough = isPartial ? answers.length > 0 : answers.length === byOwner.size;
        if (isEnough) then(answers);
        else this.refuseUnanswered(request, 'an owner', request.body.type !== 'commit_offsets');
      });
    }
  }

  #fetched({ body }: Message<Asked>): Record<string, [offset: number, msg: Json][]> {
    const fetched: Record<string, [number, Json][]> = {};
    for (const [key, from] of Object.entries(body.offsets)) {
      const log = this.#logOf(key);
      const messages: [number, Json][] = [];
      let chars = 0;
      for (let at = from; at < log.length; at++) {
        const { msg } = log[at]!;
        chars += JSON.stringify(msg).length;
        if (chars > pollCharsMax && messages.length > 0) break;
        messages.push([at, msg]);
      }
      fetched[key] = messages;
    }
    return fetched;
  }

  #commit(offsets: Offsets): void {
    for (const [key, offset] of Object.entries(offsets)) {
      if (offset <= (this.#committed.get(key) ?? -1)) continue;
      this.#committed.set(key, offset);
      this.persist({ kind: 'committed', key, offset });
    }
  }

  /** Keys of which nothing was committed have none. */
  #committedOf({ body }: Message<Asked>): Record<string, number> {
    const keys = Object.keys(body.offsets).filter((key) => this.#committed.has(key));
    return Object.fromEntries(keys.map((key) => [key, this.#committed.get(key)!]));
  }

  #logOf(key: string): Sent[] {
    const log = this.#logs.get(key) ?? [];
    this.#logs.set(key, log);
    return log;
  }
}

const sentIn = ({ msg, request }: Sent): Sent =>
  request === undefined ? { msg } : { msg, request };

const nameIn = (key: string, request: string): string => JSON.stringify([key, request]);

function readRequest(request: Json | undefined): string | undefined {
  if (request === undefined || typeof request === 'string') return request;
  throw malformed('request is a text', request);
}

function groupByOwner(offsets: Offsets, members: readonly string[]): Map<string, Offsets> {
  const groups = new Map<string, Offsets>();
  for (const [key, offset] of Object.entries(offsets)) {
    const owner = ownerOf(key, members);
    groups.set(owner, { ...groups.get(owner), [key]: offset });
  }
  return groups;
}

function readOffsets(offsets: Json | undefined): Offsets {
  if (!isObject(offsets)) throw malformed('offsets is a number for each key', offsets);
  return Object.fromEntries(
    Object.entries(offsets).map(([key, offset]) => [
      key,
      readInteger(offset, `the offset of ${readKey(key)}`, { min: 0 }),
    ]),
  );
}
