/**
 * Explains a message of a recording that is too large for memory. The files are passed over a few times,
 * most records at a glance, and only those that the explanation depends on become a run: the message's
 * own, its request or its replies, what its sender was handling then, and what its receivers did. The
 * decision about it is made again while the records of its edge pass by.
 *
 * The explanation is the one that `explainMessage` gives of the whole run, except for the numbers of
 * steps, which are those of the smaller run that comes with it.
 */
import { type FateEvent, messageId, type TraceEvent } from '@faultline/protocol';

import { RunBuilder } from './builder.ts';
import { type Decided, type DecidedMessage, hasSharedRule, Redecision } from './replay.ts';
import { type Run, withoutCopy } from './run.ts';
import { SeenMessages } from './seen-messages.ts';
import type { RunSource, SeenRecord } from './source.ts';
import { type Explanation, explainMessage, requireMessage, sourcesForged } from './why.ts';

export interface ExplainedFromFiles {
  readonly run: Run;
  readonly explanation: Explanation;
}

/** Throws NOT_FOUND as `explainMessage` does. */
export async function explainFromFiles(files: RunSource, id: string): Promise<ExplainedFromFiles> {
  const asked = /^(.+)\.(\d+)\.(\d+)$/.exec(withoutCopy(id));
  const found =
    asked === null
      ? await lastOfEach(files)
      : await find(files, asked[1]!, Number(asked[2]), Number(asked[3]));
  const parts = new Parts(files);
  if ('lasts' in found) {
    // Which messages there are is a part of what is said.
    const run = await parts.build(found.lasts, new Set(), { ...everything, ...found });
    requireMessage(run, id);
    throw new Error(`${id} was not found, and is there`);
  }
  const { message, beside } = found;
  const near = [message.id, ...beside];
  const sentMs = await sentAt(files, message, beside);
  const own = `${message.src}.${message.incarnation}`;
  const handling = await openAt(files, own, sentMs);
  const survey = await surveyOf(files, message, new Set([...near, ...handling]));
  const about = [...near, ...survey.replies, ...(survey.request === null ? [] : [survey.request])];
  const ids = new Set([...about, ...handling]);
  let run = await parts.build(ids, new Set([own]), survey);
  // Of replies that went to a forged source it must be known what was handled when they were sent.
  const forged = forgedReplies(run, message, survey.replies);
  if (forged.length > 0) {
    const series = new Set([own]);
    for (const { by, sentMs } of forged) {
      series.add(by);
      for (const open of await openAt(files, by, sentMs)) ids.add(open);
    }
    run = await parts.build(ids, series, { ...survey, ...everything });
  }
  return { run, explanation: explainMessage(run, message.id, survey.decided) };
}

/** Read from its beginning. */
const everything = { fromMs: Number.NEGATIVE_INFINITY, links: [] };

interface Found {
  /** As it was first recorded, or as it is known where no router saw it. */
  readonly message: FateEvent;
  /** Where no router saw it: its sender's messages before and after it. */
  readonly beside: readonly string[];
}

interface Senders {
  readonly senders: ReadonlyMap<string, Sender>;
}

interface NotFound extends Senders {
  /** The last message of each sender. */
  readonly lasts: ReadonlySet<string>;
}

const firstWindowMs = 1000;
const windowGrowth = 16;

/** Looks at the latest records first: most questions are about those. */
async function find(
  files: RunSource,
  src: string,
  incarnation: number,
  seq: number,
): Promise<Found | NotFound> {
  const isIt = (record: SeenRecord): boolean =>
    record.seq === seq && record.incarnation === incarnation && record.src === src;
  const losesOf = (name: string): boolean => name === src;
  const id = messageId(src, incarnation, seq);
  const endMs = await files.endMs('router');
  const startMs = files.run.epoch.trueMs;
  for (let windowMs = firstWindowMs; endMs - windowMs > startMs; windowMs *= windowGrowth) {
    const fromMs = endMs - windowMs;
    const wants = (record: SeenRecord): boolean => record.kind === 'fate' && isIt(record);
    const options = { from: 'router', vectors: false, fromMs, wants, losesOf } as const;
    for await (const batch of files.facts({ ...options, onDoubt: () => {} })) {
      for (const fact of batch) {
        if (fact.kind !== 'fate' || fact.id !== id || fact.dest === '?') continue;
        // All of its records are in the window if it arrived in it.
        if (fact.arrivedMs >= fromMs) return { message: fact, beside: [] };
      }
    }
  }
  let before = 0;
  let after = Number.POSITIVE_INFINITY;
  const wants = (record: SeenRecord): boolean => {
    if (record.kind !== 'fate' || record.incarnation !== incarnation || record.src !== src) {
      return false;
    }
    const each = record.seq;
    if (each < seq) before = Math.max(before, each);
    if (each > seq) after = Math.min(after, each);
    return each === seq;
  };
  let message: FateEvent | undefined;
  for await (const batch of files.facts({ from: 'router', vectors: false, wants, losesOf })) {
    for (const fact of batch) if (fact.kind === 'fate' && fact.id === id) message ??= fact;
  }
  if (message === undefined) return lastOfEach(files);
  const seqs = [before, after].filter((each) => each > 0 && Number.isFinite(each));
  const beside = seqs.map((each) => messageId(src, incarnation, each));
  return { message, beside: message.dest === '?' ? beside : [] };
}

/** Goes through everything: a message that is not there is looked for in vain anyway. */
async function lastOfEach(files: RunSource): Promise<NotFound> {
  const senders = new SenderList();
  const lastSeq = new Map<string, Map<number, number>>();
  const see = (name: string, incarnation: number, seq: number): void => {
    const ofName = lastSeq.get(name) ?? new Map<number, number>();
    if (seq > (ofName.get(incarnation) ?? 0)) ofName.set(incarnation, seq);
    lastSeq.set(name, ofName);
  };
  const wants = (record: SeenRecord): boolean => {
    if (record.kind === 'fate') {
      const name = record.src;
      senders.note(name, record);
      see(name, record.incarnation, record.seq);
    }
    return false;
  };
  for await (const batch of files.facts({ from: 'router', wants })) {
    for (const fact of batch) {
      if (fact.kind === 'fate') see(fact.src, fact.incarnation, fact.seq);
    }
  }
  const lasts = [...lastSeq].flatMap(([name, ofName]) =>
    [...ofName].map(([incarnation, seq]) => messageId(name, incarnation, seq)),
  );
  return { lasts: new Set(lasts), senders: senders.all };
}

interface Sender {
  readonly name: string;
  readonly incarnation: number;
  hasStamps: boolean;
}

/** Every process that sent a message. */
class SenderList {
  readonly all = new Map<string, Sender>();
  /** By name: the latest of its processes that was seen. */
  readonly #latest = new Map<string, Sender>();

  note(name: string, record: SeenRecord): void {
    const { incarnation } = record;
    const latest = this.#latest.get(name);
    if (latest?.incarnation === incarnation && latest.hasStamps) return;
    const prefix = `${name}.${incarnation}`;
    const sender = this.all.get(prefix) ?? { name, incarnation, hasStamps: false };
    sender.hasStamps ||= record.hasStamps;
    this.all.set(prefix, sender);
    this.#latest.set(name, sender);
  }
}

/** True time at which its program sent it, as a run has it. */
async function sentAt(
  files: RunSource,
  message: FateEvent,
  beside: readonly string[],
): Promise<number> {
  const sentMs = (fate: FateEvent): number => fate.stamps?.trueMs ?? fate.arrivedMs;
  if (message.dest !== '?') return sentMs(message);
  const [neighbor] = beside;
  const facts = await factsOf(files, new Set(neighbor === undefined ? [] : [neighbor]));
  const [first] = facts.filter((fact) => fact.kind === 'fate');
  return first === undefined ? message.arrivedMs : sentMs(first);
}

/** The messages whose handlers were at work at that time, in a node's series. */
async function openAt(files: RunSource, series: string, atMs: number): Promise<Set<string>> {
  const open = new Map<string, number>();
  const wants = (record: SeenRecord): boolean => {
    if (record.kind === 'receive') {
      if (record.did !== 'handled' || record.atMs > atMs) return false;
      const id = messageId(record.src, record.incarnation, record.seq);
      open.set(id, (open.get(id) ?? 0) + 1);
    } else if (record.kind === 'handled' && record.atMs < atMs) {
      const id = messageId(record.src, record.incarnation, record.seq);
      const others = (open.get(id) ?? 0) - 1;
      if (others > 0) open.set(id, others);
      else open.delete(id);
    }
    return false;
  };
  for await (const _ of files.facts({ from: (each) => each === series, wants }));
  return new Set(open.keys());
}

interface Survey extends Senders {
  /** When the first of the messages arrived, true time; -Infinity: not known. */
  readonly fromMs: number;
  readonly links: readonly TraceEvent[];
  readonly decided: Decided | null;
  /** Of a reply, the latest message that it may answer; of a request, all that may answer it. */
  readonly request: string | null;
  readonly replies: readonly string[];
}

async function surveyOf(
  files: RunSource,
  message: FateEvent,
  ids: ReadonlySet<string>,
): Promise<Survey> {
  const survey = new Surveyor(files, message, ids, true);
  await survey.read();
  if (survey.decided === null || !hasSharedRule(survey.decided)) return survey;
  const shared = new Surveyor(files, message, ids, false);
  await shared.read();
  return shared;
}

/** One pass over the router's records, in which the message is decided about again. */
class Surveyor implements Survey {
  readonly #senders = new SenderList();
  readonly senders = this.#senders.all;
  readonly replies: string[] = [];
  readonly links: TraceEvent[] = [];
  fromMs = Number.POSITIVE_INFINITY;
  decided: Decided | null = null;
  request: string | null = null;
  readonly #files: RunSource;
  readonly #message: FateEvent;
  readonly #isWanted: (record: SeenRecord) => boolean;
  readonly #isOwnEdgeOnly: boolean;
  readonly #again: Redecision;
  readonly #seen = new SeenMessages();
  readonly #decidedRecord = new DecidedRecord();
  #claimed: readonly string[] = [];
  #requestMs = Number.POSITIVE_INFINITY;
  #isPast = false;
  /** The same request number was used once more. */
  #isReused = false;

  /** `ids`: messages of which it is to be known when they arrived. */
  constructor(
    files: RunSource,
    message: FateEvent,
    ids: ReadonlySet<string>,
    isOwnEdgeOnly: boolean,
  ) {
    this.#isWanted = wantsOf(ids);
    this.#files = files;
    this.#message = message;
    this.#isOwnEdgeOnly = isOwnEdgeOnly;
    this.#again = new Redecision(files.run);
  }

  async read(): Promise<void> {
    const wants = (record: SeenRecord, decode: () => TraceEvent | undefined): boolean => {
      if (record.kind === 'fate') {
        if (record.fate !== undefined) this.#fate(record, decode);
        return false;
      }
      if (!this.#isPast) this.#change(decode());
      return record.kind === 'link';
    };
    const options = { from: 'router', vectors: false, losesOf: () => false, wants } as const;
    for await (const batch of this.#files.facts(options)) {
      for (const fact of batch) this.links.push(fact);
    }
    // Where no router saw it, what is missing follows from all records.
    if (this.#message.dest === '?') this.fromMs = Number.NEGATIVE_INFINITY;
    else this.fromMs = Math.min(this.fromMs, this.#requestMs);
  }

  #change(fact: TraceEvent | undefined): void {
    if (fact?.kind === 'start') this.#again.change({ kind: 'start' });
    else if (fact?.kind === 'rule') this.#again.change({ kind: 'rule', event: fact });
    else if (fact?.kind === 'link' && fact.up) {
      const { name, incarnation } = fact;
      this.#again.change({ kind: 'joined', name, incarnation });
    }
  }

  #fate(record: SeenRecord, decode: () => TraceEvent | undefined): void {
    const { src } = record;
    this.#senders.note(src, record);
    if (this.#isWanted(record)) this.fromMs = Math.min(this.fromMs, record.arrivedMs);
    const { src: from, dest: to, msgId = -1, inReplyTo = -1, isReply } = this.#message;
    const isFromSender = src === from;
    const isFromReceiver = src === to;
    if (this.#isOwnEdgeOnly && !isFromSender && !isFromReceiver) return;
    const { dest, incarnation, seq } = record;
    const isOnEdge = isFromSender && dest === to;
    const mayAnswer = isFromReceiver && msgId >= 0 && record.inReplyTo === msgId;
    const mayBeAnswered =
      isReply && inReplyTo >= 0 && isFromReceiver && dest === from && record.msgId === inReplyTo;
    if (this.#isOwnEdgeOnly && !isOnEdge && !mayAnswer && !mayBeAnswered) return;
    // Later records of a message are about what became of it.
    if (!this.#seen.isNew(src, incarnation, seq)) return;
    if (this.#isPast) {
      if (this.#isReused || msgId < 0) return;
      if (mayAnswer && (dest === from || this.#claimed.includes(dest))) {
        this.replies.push(messageId(src, incarnation, seq));
      }
      this.#isReused = isOnEdge && record.msgId === msgId;
      return;
    }
    if (isOnEdge && seq === this.#message.seq && incarnation === this.#message.incarnation) {
      this.#isPast = true;
      if (record.ordinal < 1) return;
      this.decided = this.#again.account(this.#asDecided(record, decode));
      this.#claimed = sourcesForged(this.decided);
      return;
    }
    if (mayBeAnswered) {
      this.request = messageId(src, incarnation, seq);
      this.#requestMs = record.arrivedMs;
    }
    if (isOnEdge || !this.#isOwnEdgeOnly) this.#again.decide(this.#asDecided(record, decode));
  }

  #asDecided(record: SeenRecord, decode: () => TraceEvent | undefined): DecidedMessage {
    this.#decidedRecord.record = record;
    this.#decidedRecord.decode = decode;
    return this.#decidedRecord;
  }
}

/** What a record says of a message, read when asked. */
class DecidedRecord implements DecidedMessage {
  record!: SeenRecord;
  decode!: () => TraceEvent | undefined;

  get src(): string {
    return this.record.src;
  }

  get dest(): string {
    return this.record.dest;
  }

  get type(): string {
    return this.record.type;
  }

  get isReply(): boolean {
    return this.record.isReply;
  }

  get bodyBytes(): number {
    return this.record.bodyBytes;
  }

  get ordinal(): number {
    return this.record.ordinal;
  }

  get arrivedMs(): number {
    return this.record.arrivedMs;
  }

  get isAltered(): boolean {
    return this.record.isAltered;
  }

  rules(): readonly string[] {
    const { rules } = this.record;
    return rules === '' ? [] : rules.split(',');
  }

  body(): ReturnType<DecidedMessage['body']> {
    const fact = this.decode();
    if (fact?.kind !== 'fate' || fact.body === undefined) return undefined;
    return { text: fact.body, isCut: fact.bodyCut ?? false };
  }
}

/** Facts that a set of messages depends on, and the run that is made of them. */
class Parts {
  readonly #files: RunSource;

  constructor(files: RunSource) {
    this.#files = files;
  }

  /** `series`: those of nodes whose handlers are asked for, beside those of the receivers. */
  async build(
    ids: ReadonlySet<string>,
    series: ReadonlySet<string>,
    { senders, fromMs, links }: Senders & Pick<Survey, 'fromMs' | 'links'>,
  ): Promise<Run> {
    const files = this.#files;
    const builder = new RunBuilder(files.run);
    for (const { name, incarnation, hasStamps } of senders.values()) {
      builder.knows(name, incarnation, hasStamps);
    }
    await this.#knowNodes(builder);
    const facts = await factsOf(files, ids, fromMs);
    builder.add(links);
    builder.add(facts);
    const fates = facts.filter((fact) => fact.kind === 'fate');
    const names = new Set(fates.map(({ dest }) => dest));
    const from = (each: string): boolean =>
      each !== '' && (series.has(each) || names.has(each.slice(0, each.lastIndexOf('.'))));
    const isWanted = wantsOf(ids);
    const wants = (record: SeenRecord): boolean =>
      (record.kind === 'receive' || record.kind === 'handled') && isWanted(record);
    for await (const batch of files.facts({ from, vectors: false, fromMs, wants })) {
      builder.add(batch);
    }
    const members = [...new Set(fates.flatMap(({ src, dest }) => [src, dest]))];
    const quoted = (texts: Iterable<string>): string[] =>
      [...texts].map((text) => JSON.stringify(text));
    const [events, history] = await Promise.all([
      files.events(quoted(members)),
      files.history(quoted(ids)),
    ]);
    return builder.finish(events, history);
  }

  /** A node that recorded anything of its own does so all its life. */
  async #knowNodes(builder: RunBuilder): Promise<void> {
    for (const series of await this.#files.series()) {
      const dot = series.lastIndexOf('.');
      if (dot < 0) continue;
      let isThere = false;
      let keepsRecord = false;
      const wants = ({ kind }: SeenRecord): boolean => {
        isThere = true;
        const isFirst = !keepsRecord && kind !== 'handled';
        keepsRecord ||= isFirst;
        return isFirst;
      };
      for await (const _ of this.#files.facts({ from: (each) => each === series, wants })) break;
      const incarnation = Number(series.slice(dot + 1));
      if (isThere) builder.knows(series.slice(0, dot), incarnation, keepsRecord);
    }
  }
}

/**
 * Everything that the router recorded of these messages, of which none arrived before `fromMs`; of the
 * whole recording also who joined when.
 */
async function factsOf(
  files: RunSource,
  ids: ReadonlySet<string>,
  fromMs = Number.NEGATIVE_INFINITY,
): Promise<TraceEvent[]> {
  const isWhole = fromMs === Number.NEGATIVE_INFINITY;
  const isWanted = wantsOf(ids);
  const names = new Set(
    [...ids].map((id) => id.slice(0, id.lastIndexOf('.', id.lastIndexOf('.') - 1))),
  );
  const facts: TraceEvent[] = [];
  const wants = (record: SeenRecord): boolean =>
    (isWhole && record.kind === 'link') || (record.kind === 'fate' && isWanted(record));
  // Their records are all in there, and so is what follows from them.
  const skips = isWhole ? {} : { fromMs, onDoubt: () => {} };
  const losesOf = (name: string): boolean => names.has(name);
  for await (const batch of files.facts({
    ...{ from: 'router', vectors: false, wants, losesOf },
    ...skips,
  })) {
    for (const fact of batch) if (fact.kind !== 'fate' || ids.has(fact.id)) facts.push(fact);
  }
  return facts;
}

/** By number first: few records have one of these. */
function wantsOf(ids: ReadonlySet<string>): (record: SeenRecord) => boolean {
  const seqs = new Set([...ids].map((id) => Number(id.slice(id.lastIndexOf('.') + 1))));
  return (record) =>
    seqs.has(record.seq) && ids.has(messageId(record.src, record.incarnation, record.seq));
}

interface ForgedReply {
  /** The series of the process that sent it, and when. */
  readonly by: string;
  readonly sentMs: number;
}

function forgedReplies(run: Run, { src }: FateEvent, replies: readonly string[]): ForgedReply[] {
  return replies.flatMap((id) => {
    const reply = run.findMessage(id);
    if (reply < 0 || run.dest(reply) === src) return [];
    const { name, incarnation } = run.processOf(reply);
    const sentMs = run.steps.atMs.get(run.messages.send.get(reply));
    return [{ by: `${name}.${incarnation}`, sentMs }];
  });
}
