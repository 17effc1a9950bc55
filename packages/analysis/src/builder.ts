/**
 * Builds a run from the facts of a recording: add batch after batch, in the order in which a reader
 * returns them, and get the run at the end. It keeps rows, not the facts.
 *
 * What it infers:
 * - the k-th reception of a message belongs to the k-th delivered copy of it;
 * - members that record nothing (clients, programs without the SDK) received when the router delivered;
 * - the order of a process's steps: its sends by number and its other steps as it wrote them, merged
 *   by true time;
 * - a message that never reached a router was sent right after the one before it.
 */
import type { ClusterEvent } from '@faultline/actions';
import {
  type FateEvent,
  fates as fateNames,
  type HandledEvent,
  type HistoryEntry,
  type LinkEvent,
  type LocalEvent,
  outcomes,
  type ReceiveEvent,
  type RunInfo,
  receptions,
  type Stamps,
  type TraceEvent,
} from '@faultline/protocol';
import {
  flagReply,
  flagUnseen,
  localStep,
  noOutcome,
  type Process,
  type RouterChange,
  Run,
  receiveStep,
  sendStep,
} from './run.ts';
import { seqMax } from './seen-messages.ts';

const numbered = (list: readonly string[]): ReadonlyMap<string, number> =>
  new Map(list.map((each, number) => [each, number]));
const fateNumber = numbered(fateNames);
const receptionNumber = numbered(receptions);
const outcomeNumber = numbered(outcomes);
const deliveredFate = fateNumber.get('delivered')!;

export interface BuilderOptions {
  /** Keep the vector clocks that messages carried, which `compareOrders` checks. */
  readonly keepVectors?: boolean;
  /** False: without the bodies of messages, which only `explainMessage` looks at. */
  readonly keepBodies?: boolean;
}

export interface Recorded {
  readonly run: RunInfo;
  readonly facts: Iterable<TraceEvent>;
  readonly events: readonly ClusterEvent[];
  readonly history: readonly HistoryEntry[];
}

export function buildRun(recorded: Recorded, options?: BuilderOptions): Run {
  const builder = new RunBuilder(recorded.run, options);
  builder.add(recorded.facts);
  return builder.finish(recorded.events, recorded.history);
}

export class RunBuilder {
  readonly #run: Run;
  readonly #keepVectors: boolean;
  readonly #keepBodies: boolean;
  /** Receptions of messages without a fate so far: node files may be read ahead of the router's. */
  readonly #early = new Map<string, number[]>();
  /** By step, of the same message: the reception after this one; 0 for none. */
  #nextReception = new Int32Array(1024);
  #firstReception = new Int32Array(1024);
  /** By process: its steps as they came. */
  readonly #ownSteps: number[][] = [];

  constructor(info: RunInfo, { keepVectors = false, keepBodies = true }: BuilderOptions = {}) {
    this.#run = new Run(info);
    this.#keepVectors = keepVectors;
    this.#keepBodies = keepBodies;
  }

  /** Declares a process, even if none of its facts is added. */
  knows(name: string, incarnation: number, keepsRecord: boolean): void {
    if (keepsRecord) this.#run.process(name, incarnation).keepsRecord = true;
    else this.#run.process(name, incarnation);
  }

  add(facts: Iterable<TraceEvent>): void {
    for (const fact of facts) {
      switch (fact.kind) {
        case 'fate':
          this.#fate(fact);
          break;
        case 'receive':
          this.#receive(fact);
          break;
        case 'handled':
          this.#handled(fact);
          break;
        case 'local':
          this.#local(fact);
          break;
        case 'link':
          this.#link(fact);
          break;
        case 'rule':
          this.#run.rules.push({ event: fact, message: this.#run.messageCount });
          this.#change({ kind: 'rule', event: fact });
          break;
        case 'start':
          this.#run.starts.push({ atMs: fact.atMs, message: this.#run.messageCount });
          this.#change({ kind: 'start' });
      }
    }
  }

  finish(events: readonly ClusterEvent[], history: readonly HistoryEntry[]): Run {
    const run = this.#run;
    run.events = events;
    run.history = history;
    this.#pair();
    this.#placeClientSends(history);
    for (const owner of run.processes) this.#order(owner);
    return run;
  }

  #fate(event: FateEvent): void {
    const run = this.#run;
    const owner = run.process(event.src, event.incarnation);
    if (event.stamps !== undefined) owner.keepsRecord = true;
    let message = run.messageOf(owner, event.seq);
    if (message < 0) message = this.#message(owner, event);
    const { fates, messages } = run;
    const record = fates.message.push(message);
    fates.copy.push(event.copy);
    fates.fate.push(fateNumber.get(event.fate)!);
    fates.rules.push(run.words.number(event.rules.join(',')));
    fates.atMs.push(event.atMs);
    fates.altered.push(event.altered ? 1 : 0);
    fates.next.push(-1);
    fates.reception.push(-1);
    const last = messages.lastFate.rows[message]!;
    if (last < 0) messages.firstFate.rows[message] = record;
    else fates.next.rows[last] = record;
    messages.lastFate.rows[message] = record;
    if (this.#keepBodies && event.body !== undefined) {
      run.bodies.set(record, { text: event.body, isCut: event.bodyCut ?? false });
    }
  }

  #message(owner: Process, event: FateEvent): number {
    const { messages, words } = this.#run;
    const { stamps } = event;
    const isUnseen = event.dest === '?';
    const message = messages.owner.push(owner.index);
    messages.dest.push(words.number(event.dest));
    messages.type.push(words.number(event.type));
    messages.seq.push(event.seq);
    messages.flags.push((event.isReply ? flagReply : 0) | (isUnseen ? flagUnseen : 0));
    messages.ordinal.push(event.ordinal);
    messages.bodyBytes.push(event.bodyBytes);
    messages.arrivedMs.push(event.arrivedMs);
    messages.msgId.push(event.msgId ?? -1);
    messages.inReplyTo.push(event.inReplyTo ?? -1);
    messages.firstFate.push(-1);
    messages.lastFate.push(-1);
    this.#firstReception = grown(this.#firstReception, message);
    const atMs = stamps?.trueMs ?? event.arrivedMs;
    messages.send.push(this.#step(sendStep, owner, message, atMs, stamps));
    if (event.seq >= 0 && event.seq < seqMax) {
      owner.sent.rows = grown(owner.sent.rows, event.seq, -1);
      owner.sent.rows[event.seq] = message;
    }
    const id = this.#early.size === 0 ? '' : this.#run.id(message);
    for (const step of this.#early.get(id) ?? []) this.#receives(step, message);
    this.#early.delete(id);
    return message;
  }

  #step(
    kind: number,
    owner: Process,
    message: number,
    atMs: number,
    stamps: Stamps | undefined,
  ): number {
    const { steps } = this.#run;
    const step = steps.kind.push(kind);
    steps.owner.push(owner.index);
    steps.message.push(message);
    steps.fate.push(-1);
    steps.atMs.push(atMs);
    steps.wallMs.push(stamps?.wallMs ?? Number.NaN);
    steps.lamport.push(stamps?.lamport ?? -1);
    steps.hybridMs.push(stamps?.hybridMs ?? -1);
    steps.hybridCounter.push(stamps?.hybridCounter ?? 0);
    steps.place.push(0);
    steps.reception.push(noOutcome);
    steps.outcome.push(noOutcome);
    steps.endedMs.push(Number.NaN);
    this.#nextReception = grown(this.#nextReception, step);
    if (this.#keepVectors && stamps?.vector !== undefined) {
      this.#run.vectors.set(step, stamps.vector);
    }
    let own = this.#ownSteps[owner.index];
    if (own === undefined) {
      own = [];
      this.#ownSteps[owner.index] = own;
    }
    own.push(step);
    return step;
  }

  #receive(event: ReceiveEvent): void {
    const run = this.#run;
    const owner = run.process(event.node, event.incarnation);
    owner.keepsRecord = true;
    const step = this.#step(receiveStep, owner, -1, event.atMs, event.stamps);
    run.steps.reception.rows[step] = receptionNumber.get(event.did) ?? noOutcome;
    const message = run.findMessage(event.id);
    if (message >= 0) this.#receives(step, message);
    else this.#early.set(event.id, [...(this.#early.get(event.id) ?? []), step]);
  }

  /** Puts the reception behind the others of the same message. Step 0 is a send, always. */
  #receives(step: number, message: number): void {
    this.#run.steps.message.rows[step] = message;
    let last = this.#firstReception[message]!;
    if (last === 0) this.#firstReception[message] = step + 1;
    else {
      while (this.#nextReception[last - 1] !== 0) last = this.#nextReception[last - 1]!;
      this.#nextReception[last - 1] = step + 1;
    }
  }

  #handled(event: HandledEvent): void {
    const run = this.#run;
    const owner = run.process(event.node, event.incarnation);
    const step = this.#openReception(owner, run.findMessage(event.id), event.id);
    if (step < 0) return;
    run.steps.outcome.rows[step] = outcomeNumber.get(event.outcome) ?? noOutcome;
    run.steps.endedMs.rows[step] = event.atMs;
    if (event.error !== undefined) run.thrown.set(step, event.error);
  }

  /** The first reception of the message by this process whose handler has not ended yet. */
  #openReception(owner: Process, message: number, id: string): number {
    const { steps } = this.#run;
    const isOpen = (step: number): boolean =>
      steps.owner.rows[step] === owner.index && steps.outcome.rows[step] === noOutcome;
    if (message < 0) return this.#early.get(id)?.find(isOpen) ?? -1;
    for (let link = this.#firstReception[message]!; link !== 0; ) {
      if (isOpen(link - 1)) return link - 1;
      link = this.#nextReception[link - 1]!;
    }
    return -1;
  }

  #local(event: LocalEvent): void {
    const owner = this.#run.process(event.node, event.incarnation);
    owner.keepsRecord = true;
    const step = this.#step(localStep, owner, -1, event.atMs, event.stamps);
    this.#run.locals.set(step, { name: event.name, data: event.data });
  }

  #link({ up, name, incarnation, atMs }: LinkEvent): void {
    const owner = this.#run.process(name, incarnation);
    if (!up) return;
    this.#change({ kind: 'joined', name, incarnation });
    const join = { atMs, owner: owner.index, message: this.#run.messageCount };
    const joined = this.#run.joined.get(name);
    if (joined === undefined) this.#run.joined.set(name, [join]);
    else joined.push(join);
  }

  #change(change: RouterChange): void {
    this.#run.changes.push({ ...change, message: this.#run.messageCount });
  }

  /** Delivered copies to receptions; infers the receptions of members that record none. */
  #pair(): void {
    const run = this.#run;
    const { fates, messages, steps } = run;
    for (let message = 0; message < run.messageCount; message++) {
      let link = this.#firstReception[message]!;
      for (let record = messages.firstFate.rows[message]!; record >= 0; ) {
        if (fates.fate.rows[record] === deliveredFate) {
          let step = link - 1;
          if (link !== 0) link = this.#nextReception[step]!;
          else step = this.#inferred(message, fates.atMs.rows[record]!);
          fates.reception.rows[record] = step;
          if (step >= 0) steps.fate.rows[step] = record;
        }
        record = fates.next.rows[record]!;
      }
    }
  }

  #inferred(message: number, atMs: number): number {
    const run = this.#run;
    const owner = receiverAt(run, run.dest(message), atMs);
    if (owner === undefined || owner.keepsRecord) return -1;
    return this.#step(receiveStep, owner, message, atMs, undefined);
  }

  /** A client's history says when it called; the router only when it heard of it. */
  #placeClientSends(history: readonly HistoryEntry[]): void {
    const { messages, steps, info } = this.#run;
    for (const { type, message: id, atMs } of history) {
      if (type !== 'invoke' || id === null) continue;
      const message = this.#run.findMessage(id);
      if (message < 0) continue;
      const step = messages.send.rows[message]!;
      const calledMs = info.epoch.trueMs + atMs;
      if (steps.lamport.rows[step]! < 0 && calledMs <= steps.atMs.rows[step]!) {
        steps.atMs.rows[step] = calledMs;
      }
    }
  }

  #order(owner: Process): void {
    const { messages, steps } = this.#run;
    const own = this.#ownSteps[owner.index] ?? [];
    this.#ownSteps[owner.index] = [];
    const seqOf = (step: number): number => messages.seq.rows[steps.message.rows[step]!]!;
    const sends = own.filter((step) => steps.kind.rows[step] === sendStep);
    const others = own.filter((step) => steps.kind.rows[step] !== sendStep);
    sends.sort((a, b) => seqOf(a) - seqOf(b));
    // What a client received is known from the router, message by message and not in order.
    if (!owner.keepsRecord) others.sort((a, b) => steps.atMs.rows[a]! - steps.atMs.rows[b]!);
    this.#placeUnseen(sends);
    const isFirst = (a: number, b: number): boolean => {
      const ms = steps.atMs.rows[a]! - steps.atMs.rows[b]!;
      return ms < 0 || (ms === 0 && steps.lamport.rows[a]! <= steps.lamport.rows[b]!);
    };
    const ordered = new Int32Array(own.length);
    for (let i = 0, s = 0, o = 0; i < ordered.length; i++) {
      const takesSend = o === others.length || (s < sends.length && isFirst(sends[s]!, others[o]!));
      const step = takesSend ? sends[s++]! : others[o++]!;
      ordered[i] = step;
      steps.place.rows[step] = i;
    }
    owner.steps = ordered;
  }

  /** What never reached a router is only known by its number: it left after the one before it. */
  #placeUnseen(sends: readonly number[]): void {
    const { steps } = this.#run;
    const isUnseen = (step: number): boolean => this.#run.isUnseen(steps.message.rows[step]!);
    const known = sends.find((step) => !isUnseen(step));
    let lastMs = known === undefined ? undefined : steps.atMs.rows[known]!;
    for (const step of sends) {
      if (!isUnseen(step)) lastMs = steps.atMs.rows[step]!;
      else if (lastMs !== undefined) steps.atMs.rows[step] = lastMs;
    }
  }
}

/** The incarnation of a member that was joined to the router at a moment. */
function receiverAt(run: Run, name: string, atMs: number): Process | undefined {
  const lives = run.joined.get(name) ?? [];
  const life = lives.findLast((each) => each.atMs <= atMs) ?? lives[0];
  if (life !== undefined) return run.processes[life.owner];
  return run.processes.findLast((owner) => owner.name === name);
}

function grown(rows: Int32Array, index: number, fill = 0): Int32Array<ArrayBuffer> {
  if (index < rows.length) return rows as Int32Array<ArrayBuffer>;
  const larger = new Int32Array(Math.max(64, 2 * index));
  larger.set(rows);
  if (fill !== 0) larger.fill(fill, rows.length);
  return larger;
}
