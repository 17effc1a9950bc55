/**
 * The heart of the router: what happens to each message.
 *
 *   read the header → ask the rules of its edge → deliver, delay, hold or lose each copy → record
 *
 * It knows members, edges and rules, and no sockets beyond a receiver's. Everything it hands out
 * during one turn of the event loop leaves at the end of the turn, after the records of it are
 * written.
 *
 * Words: a *run* is a stretch of a frame whose messages go to one receiver untouched; it is copied
 * as one piece. A *transit* is a copy that stays here for a while.
 */
import { type Copy, decide, type Outcome, RuleSet, validateRule } from '@faultline/faults';
import {
  copyId,
  type EdgeStats,
  type Fate,
  type FateToWrite,
  FaultlineError,
  FrameReader,
  frameBytesMax,
  type HeldMessages,
  type InstalledRuleData,
  type Member,
  type RouterStats,
  type RuleStats,
} from '@faultline/protocol';
import type { Signatures } from '@faultline/protocol/host';
import { alter } from './altered.ts';
import { Edge } from './edge.ts';
import { Receiver } from './receiver.ts';
import { Refusals } from './refusal.ts';
import { Scheduler } from './scheduler.ts';
import type { TraceWriter } from './trace-writer.ts';
import { Transit } from './transit.ts';

export interface SwitchboardOptions {
  readonly seed: string;
  readonly now: () => number;
  readonly trace: TraceWriter | null;
  /** How much of each body is recorded; by default nothing. */
  readonly traceBodyBytesMax?: number;
  /** Bytes that may wait for one receiver. */
  readonly queueBytesMax: number;
  /** Where members sign: what the router itself says is signed, too. */
  readonly signatures?: Signatures;
  /** Tells what a user should hear of, such as a queue that overflows for the first time. */
  readonly onEvent: (kind: string, facts: Record<string, unknown>) => void;
}

const noBytes = Buffer.alloc(0);
/** Ids of held messages that an error names. */
const idsToldMax = 5;
/** Edges that a rule's report names. */
const edgesReportedMax = 100;

export class Switchboard {
  readonly #options: SwitchboardOptions;
  readonly #now: () => number;
  readonly #trace: TraceWriter | null;
  readonly #rules: RuleSet;
  readonly #receivers = new Map<string, Receiver>();
  readonly #edges = new Map<Receiver, Map<string, Edge>>();
  readonly #scheduler: Scheduler<Transit>;
  #held: Transit[] = [];
  readonly #dirty = new Set<Receiver>();
  readonly #overflowing = new Set<Receiver>();
  readonly #reader = new FrameReader();
  #turnEndPending = false;
  #messages = 0;
  readonly #refusals: Refusals;
  #expiryTimer: NodeJS.Timeout | undefined;
  #run: Run | undefined;
  readonly #record: FateToWrite = {
    fate: 'delivered',
    copy: 0,
    isReply: false,
    isRequest: false,
    msgId: -1,
    inReplyTo: -1,
    isAltered: false,
    src: 0,
    dest: 0,
    type: 0,
    rules: 0,
    incarnation: 0,
    seq: 0,
    bodyBytes: 0,
    ordinal: 0,
    arrivedMs: 0,
    atMs: 0,
    source: noBytes,
    stampsAt: -1,
    vectorAt: -1,
    bodyAt: -1,
    bodyBytesMax: 0,
  };

  constructor(options: SwitchboardOptions) {
    this.#options = options;
    this.#now = options.now;
    this.#trace = options.trace;
    this.#refusals = new Refusals(options.signatures?.sign);
    this.#record.bodyBytesMax = options.traceBodyBytesMax ?? 0;
    this.#rules = new RuleSet(options.seed);
    this.#scheduler = new Scheduler(
      options.now,
      (transit, nowMs) => this.#arrive(transit, nowMs),
      () => this.#endTurn(),
    );
  }

  member(name: string): Receiver | undefined {
    return this.#receivers.get(name);
  }

  /** Sets who belongs to the cluster. Returns the receivers whose process may no longer be joined. */
  setMembers(members: readonly Member[]): Receiver[] {
    const outdated: Receiver[] = [];
    const names = new Set(members.map(({ name }) => name));
    for (const receiver of this.#receivers.values()) {
      if (names.has(receiver.name)) continue;
      receiver.isMember = false;
      this.#receivers.delete(receiver.name);
      this.#edges.delete(receiver);
      this.#rules.forget(receiver.name);
      this.#overflowing.delete(receiver);
      for (const edges of this.#edges.values()) edges.delete(receiver.name);
      this.#endHeldFor(receiver);
      outdated.push(receiver);
    }
    for (const { name, kind, incarnation } of members) {
      const known = this.#receivers.get(name);
      if (known === undefined) {
        const receiver = new Receiver(name, kind, incarnation);
        this.#receivers.set(name, receiver);
        this.#edges.set(receiver, new Map());
      } else if (known.incarnation !== incarnation) {
        known.incarnation = incarnation;
        this.#rules.restarted(name);
        outdated.push(known);
      }
    }
    return outdated;
  }

  /** What is held for a member that has left will never be delivered. */
  #endHeldFor(receiver: Receiver): void {
    const nowMs = this.#now();
    this.#held = this.#held.filter((transit) => {
      if (transit.edge.dest !== receiver) return true;
      receiver.waitingBytes -= transit.bytes.length;
      this.#recordTransit(transit, 'node down', nowMs);
      return false;
    });
  }

  /**
   * Installs what is new in the list and ends what is not in it; messages that a rule held go on.
   * Throws BAD_RULE where one cannot be read; then all is as it was.
   */
  setRules(rules: readonly InstalledRuleData[]): void {
    const known = new Set(this.#rules.list().map(({ id }) => id));
    for (const { id, spec } of rules) if (!known.has(id)) validateRule(spec);
    const wanted = new Set(rules.map(({ id }) => id));
    for (const { id } of this.#rules.list()) {
      if (wanted.has(id)) continue;
      this.#rules.remove(id);
      this.#trace?.rule({ change: 'removed', id, atMs: this.#now() });
    }
    const present = new Set(this.#rules.list().map(({ id }) => id));
    for (const { id, spec, installedAtMs, expiresAtMs } of rules) {
      // A rule whose time is over here may not be over yet where the list was made.
      const isOver = expiresAtMs !== null && expiresAtMs <= this.#now();
      if (present.has(id) || isOver) continue;
      this.#rules.restore(id, spec, expiresAtMs, installedAtMs);
      const atMs = this.#now();
      this.#trace?.rule({ change: 'added', id, spec, atMs, installedAtMs, expiresAtMs });
    }
    this.#scheduleTurnEnd();
    this.#releaseOrphans();
    this.#armExpiry();
  }

  /** What is held on the edges that `accepts` takes; of the messages the `limit` oldest. */
  held(accepts: (src: string, dest: string) => boolean, limit: number): HeldMessages {
    const nowMs = this.#now();
    const held = this.#held.filter(({ edge }) => accepts(edge.src.name, edge.dest.name));
    return {
      count: held.length,
      bytes: held.reduce((sum, { bytes }) => sum + bytes.length, 0),
      messages: held.slice(0, limit).map((transit) => ({
        id: transit.id,
        copy: transit.copy,
        src: transit.edge.src.name,
        dest: transit.edge.dest.name,
        type: transit.type,
        bodyBytes: transit.bodyBytes,
        rule: transit.rules.at(-1)!,
        heldMs: Math.round(nowMs - transit.arrivedMs),
        stillDelayedMs: Math.max(0, Math.round(transit.dueMs - nowMs)),
      })),
    };
  }

  /** Lets held messages go on: those on the edges that `accepts` takes. Returns how many. */
  release(accepts: (src: string, dest: string) => boolean): number {
    return this.#letGo(this.#held.filter(({ edge }) => accepts(edge.src.name, edge.dest.name)));
  }

  /**
   * Lets single messages go on, in the order given: `n1.1.345` every held copy, `n1.1.345/1` that one.
   * Throws NOT_FOUND where one of them is not held; then none goes.
   */
  releaseMessages(ids: readonly string[]): number {
    const held = new Map<string, Transit[]>();
    for (const transit of this.#held) {
      const { id, copy } = transit;
      for (const name of copy === 0 ? [id, `${id}/0`] : [id, copyId(id, copy)]) {
        const copies = held.get(name);
        if (copies === undefined) held.set(name, [transit]);
        else copies.push(transit);
      }
    }
    const unknown = ids.find((id) => !held.has(id));
    if (unknown !== undefined) {
      const count = this.#held.length;
      const there = this.#held.slice(0, idsToldMax).map(({ id, copy }) => copyId(id, copy));
      const more = count > idsToldMax ? ` and ${count - idsToldMax} more` : '';
      throw new FaultlineError(
        'NOT_FOUND',
        `no message ${unknown} is held; held: ${there.join(', ') || 'none'}${more}. None was released`,
        { message: unknown, held: count },
      );
    }
    return this.#letGo([...new Set(ids.flatMap((id) => held.get(id)!))]);
  }

  /** In the order of the list. */
  #letGo(free: readonly Transit[]): number {
    if (free.length === 0) return 0;
    const freed = new Set(free);
    this.#held = this.#held.filter((transit) => !freed.has(transit));
    const nowMs = this.#now();
    for (const transit of free) {
      // What was to be late without the hold still is.
      if (transit.dueMs > nowMs) this.#wait(transit, nowMs);
      else this.#arrive(transit, nowMs);
    }
    this.#endTurn();
    return free.length;
  }

  linkUp(receiver: Receiver, seq: number): void {
    this.#trace?.link(true, receiver.name, receiver.joinedIncarnation, seq, this.#now());
    this.#scheduleTurnEnd();
  }

  /** The receiver's process is gone: what waited for it in the backlog goes down with it. */
  linkDown(receiver: Receiver): void {
    // What is recorded as delivered is handed to the socket, as long as there is one.
    this.#endTurn();
    const nowMs = this.#now();
    receiver.detach();
    for (const transit of receiver.backlog.splice(0)) {
      receiver.waitingBytes -= transit.bytes.length;
      this.#recordTransit(transit, 'node down', nowMs);
    }
    this.#trace?.link(false, receiver.name, receiver.joinedIncarnation, 0, nowMs);
    this.#scheduleTurnEnd();
  }

  /** Hands the receiver's socket what waits in its backlog, as far as there is room. */
  onRoom(receiver: Receiver): void {
    if (receiver.backlog.length === 0) return;
    const nowMs = this.#now();
    let taken = 0;
    while (taken < receiver.backlog.length && receiver.hasRoom) {
      const transit = receiver.backlog[taken++]!;
      receiver.waitingBytes -= transit.bytes.length;
      this.#deliverTransit(transit, nowMs);
    }
    receiver.backlog.splice(0, taken);
    this.#endTurn();
  }

  /**
   * Routes every message of a frame that came from `src`; `isCurrent` tells whether it came over the
   * connection that `src` has now. Throws BAD_FRAME where the bytes are no frame; the messages before
   * that point are routed.
   */
  route(src: Receiver, frame: Buffer, isCurrent = true): void {
    const reader = this.#reader;
    const nowMs = this.#now();
    const edges = isCurrent ? this.#edges.get(src) : undefined;
    try {
      reader.open(frame);
      while (reader.next()) {
        this.#messages++;
        const edge =
          edges === undefined
            ? undefined
            : (edges.get(reader.dest) ?? this.#newEdge(src, edges, reader.dest));
        const isOwn =
          reader.src === src.name &&
          reader.sender === src.name &&
          reader.incarnation === src.joinedIncarnation;
        if (edge === undefined || !isOwn || reader.seq <= src.lastSeq) {
          this.#refuse(src, reader, edges === undefined, nowMs);
        } else {
          src.lastSeq = reader.seq;
          this.#forward(edge, reader, nowMs);
        }
      }
    } finally {
      this.#endRun();
      this.#scheduleTurnEnd();
    }
  }

  #newEdge(src: Receiver, edges: Map<string, Edge>, name: string): Edge | undefined {
    const dest = this.#receivers.get(name);
    if (dest === undefined) return undefined;
    const isClient = (member: string): boolean => this.#receivers.get(member)?.kind === 'client';
    const edge = new Edge(src, dest, this.#rules.edge(src.name, name, isClient));
    edges.set(name, edge);
    return edge;
  }

  #forward(edge: Edge, reader: FrameReader, nowMs: number): void {
    const copies = decide(edge.rules, reader, nowMs);
    if (copies === null) {
      this.#deliverNow(edge, reader, nowMs);
      return;
    }
    const ordinal = edge.rules.ordinal;
    for (let i = 0; i < copies.length; i++)
      this.#dispatch(edge, reader, copies[i]!, i, ordinal, nowMs);
  }

  #deliverNow(edge: Edge, reader: FrameReader, nowMs: number): void {
    const { dest } = edge;
    const run = this.#run;
    if (
      run?.receiver === dest &&
      run.end === reader.start &&
      run.buffer === reader.buffer &&
      reader.end <= run.endMax
    ) {
      run.end = reader.end;
      run.count++;
    } else {
      this.#endRun();
      const fate = this.#obstacle(dest, reader.end - reader.start);
      if (fate !== undefined || !dest.hasRoom || dest.backlog.length > 0) {
        const transit = new Transit(edge, reader, reader, 0, edge.rules.ordinal, nowMs, nowMs, []);
        if (fate !== undefined) this.#recordTransit(transit, fate, nowMs);
        else this.#queue(transit, nowMs);
        return;
      }
      this.#run = {
        receiver: dest,
        buffer: reader.buffer,
        start: reader.start,
        end: reader.end,
        endMax: reader.start + Math.min(this.#options.queueBytesMax - dest.queuedBytes, dest.room),
        count: 1,
      };
    }
    edge.count('delivered');
    if (this.#trace?.isRecording) this.#recordRead(edge, reader, nowMs);
  }

  #endRun(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    this.#hand(run.receiver, run.buffer, run.start, run.end, run.count);
  }

  /** Gathers encoded messages for a receiver; a frame that would be too large leaves first. */
  #hand(receiver: Receiver, buffer: Buffer, start: number, end: number, count: number): void {
    if (receiver.gatheredBytes > 0 && receiver.gatheredBytes + end - start > frameBytesMax) {
      this.#trace?.flush();
      receiver.flush();
    }
    receiver.push(buffer, start, end, count);
    this.#dirty.add(receiver);
  }

  #dispatch(
    edge: Edge,
    reader: FrameReader,
    copy: Copy,
    number: number,
    ordinal: number,
    nowMs: number,
  ): void {
    this.#endRun();
    let dueMs = nowMs + copy.delayMs;
    if (copy.keepOrder) {
      dueMs = Math.max(dueMs, edge.lastInOrderMs);
      edge.lastInOrderMs = dueMs;
    }
    const carried = copy.alterations === undefined ? reader : alter(reader, copy.alterations);
    const transit = new Transit(edge, reader, carried, number, ordinal, nowMs, dueMs, copy.rules);
    // One that keeps its order may not pass those that are due already and not yet handed out.
    const mayGo = !copy.keepOrder || edge.inOrder === 0;
    if (isEnd(copy.outcome)) {
      this.#recordTransit(transit, copy.outcome, nowMs);
      if (copy.outcome === 'refused' && number === 0) this.#tellSender(edge, reader, copy);
    } else if (copy.outcome === 'deliver' && mayGo && dueMs <= nowMs) {
      this.#arrive(transit, nowMs, true);
    } else {
      const obstacle = this.#obstacle(edge.dest, transit.bytes.length);
      // Who is down now may be up again when a delayed message is due: only a full queue stops it.
      if (obstacle === 'overflow') {
        this.#recordTransit(transit, obstacle, nowMs);
        return;
      }
      edge.dest.waitingBytes += transit.bytes.length;
      if (copy.outcome === 'held') {
        this.#held.push(transit);
        this.#recordTransit(transit, 'held', nowMs);
      } else {
        transit.keepsOrder = copy.keepOrder;
        if (copy.keepOrder) edge.inOrder++;
        this.#wait(transit, nowMs);
      }
    }
  }

  /** Who asked something that did not cross is told so, in the words of a definite error. */
  #tellSender(edge: Edge, reader: FrameReader, { reason, rules }: Copy): void {
    if (!reader.isRequest) return;
    const frame = this.#refusals.of(reader, `${reason} (rule ${rules.at(-1)})`);
    const sender = edge.src;
    if (this.#obstacle(sender, frame.end - frame.start) !== undefined) return;
    this.#hand(sender, frame.buffer, frame.start, frame.end, 1);
  }

  #wait(transit: Transit, nowMs: number): void {
    this.#recordTransit(transit, 'waiting', nowMs);
    this.#scheduler.add(transit);
  }

  /** A copy is due: it left the wire, unless a cut came meanwhile. */
  #arrive(transit: Transit, nowMs: number, isNew = false): void {
    const { edge } = transit;
    const { dest } = edge;
    if (!isNew) {
      dest.waitingBytes -= transit.bytes.length;
      if (transit.keepsOrder) edge.inOrder--;
      // The rules of a sender that has left are not kept up to date any more.
      const cut = edge.src.isMember ? edge.rules.cutsInFlight(transit, nowMs) : null;
      if (cut !== null) {
        this.#recordTransit(transit, 'cut', nowMs, cut);
        return;
      }
    }
    const obstacle = this.#obstacle(dest, transit.bytes.length);
    if (obstacle !== undefined) this.#recordTransit(transit, obstacle, nowMs);
    else if (!dest.hasRoom || dest.backlog.length > 0) this.#queue(transit, nowMs);
    else this.#deliverTransit(transit, nowMs);
  }

  #queue(transit: Transit, nowMs: number): void {
    const { dest } = transit.edge;
    dest.waitingBytes += transit.bytes.length;
    dest.backlog.push(transit);
    this.#recordTransit(transit, 'waiting', nowMs);
  }

  #deliverTransit(transit: Transit, nowMs: number): void {
    this.#hand(transit.edge.dest, transit.bytes, 0, transit.bytes.length, 1);
    transit.edge.delays.add(nowMs - transit.arrivedMs);
    this.#recordTransit(transit, 'delivered', nowMs);
  }

  #obstacle(dest: Receiver, bytes: number): 'node down' | 'overflow' | undefined {
    if (!dest.isUp || !dest.isMember) return 'node down';
    if (dest.queuedBytes + bytes > this.#options.queueBytesMax) {
      if (!this.#overflowing.has(dest)) {
        this.#overflowing.add(dest);
        this.#options.onEvent('queue.overflow', {
          node: dest.name,
          queuedBytes: dest.queuedBytes,
          queueBytesMax: this.#options.queueBytesMax,
        });
      }
      return 'overflow';
    }
    this.#overflowing.delete(dest);
    return undefined;
  }

  /** Lets go what rules held that are gone. */
  #releaseOrphans(): void {
    const present = new Set(this.#rules.list().map(({ id }) => id));
    this.#letGo(this.#held.filter(({ rules }) => !present.has(rules.at(-1)!)));
  }

  #armExpiry(): void {
    clearTimeout(this.#expiryTimer);
    const nextMs = this.#rules.nextExpiryMs;
    if (nextMs === null) return;
    const waitMs = Math.min(Math.max(0, Math.ceil(nextMs - this.#now())), 0x7fffffff);
    this.#expiryTimer = setTimeout(() => {
      const atMs = this.#now();
      for (const rule of this.#rules.expire(atMs)) {
        this.#trace?.rule({ change: 'expired', id: rule.id, atMs });
        this.#options.onEvent('rule.expired', { rule: rule.id });
      }
      this.#releaseOrphans();
      this.#armExpiry();
      this.#scheduleTurnEnd();
    }, waitMs);
  }

  #refuse(src: Receiver, reader: FrameReader, hasLeft: boolean, nowMs: number): void {
    const record = this.#fill(reader, nowMs);
    record.fate = 'refused';
    if (this.#trace?.isRecording) {
      record.src = this.#trace.word(src.name);
      record.dest = this.#trace.word(reader.dest);
      record.type = this.#trace.word(reader.type);
      this.#trace.fate(record);
    }
    this.#options.onEvent('message.refused', {
      node: src.name,
      dest: reader.dest,
      reason: this.#reasonToRefuse(src, reader, hasLeft),
    });
  }

  #reasonToRefuse(src: Receiver, reader: FrameReader, hasLeft: boolean): string {
    if (hasLeft) return 'its sender has left, or joined again';
    if (reader.src !== src.name) return `it claims to come from ${reader.src}`;
    if (reader.sender !== src.name) return `it claims to have been sent by ${reader.sender}`;
    if (reader.incarnation !== src.joinedIncarnation) {
      return `it claims to come from start ${reader.incarnation} of ${src.name}`;
    }
    return reader.seq <= src.lastSeq
      ? `its number ${reader.seq} was used before`
      : 'no such destination';
  }

  #fill(reader: FrameReader, nowMs: number): FateToWrite {
    const record = this.#record;
    record.fate = 'delivered';
    record.copy = 0;
    record.rules = 0;
    record.isReply = reader.isReply;
    record.isRequest = reader.isRequest;
    record.msgId = reader.msgId;
    record.inReplyTo = reader.inReplyTo;
    record.isAltered = false;
    record.incarnation = reader.incarnation;
    record.seq = reader.seq;
    record.bodyBytes = reader.end - reader.bodyAt;
    record.ordinal = 0;
    record.arrivedMs = nowMs;
    record.atMs = nowMs;
    record.source = reader.buffer;
    record.stampsAt = reader.stampsAt;
    record.vectorAt = reader.vectorAt;
    record.bodyAt = reader.bodyAt;
    return record;
  }

  #recordRead(edge: Edge, reader: FrameReader, nowMs: number): void {
    const trace = this.#trace!;
    const record = this.#fill(reader, nowMs);
    record.src = trace.word(edge.src.name);
    record.dest = trace.word(edge.dest.name);
    record.type = trace.word(reader.type);
    record.ordinal = edge.rules.ordinal;
    trace.fate(record);
  }

  #recordTransit(transit: Transit, fate: Fate, nowMs: number, decidedBy?: string): void {
    const { edge } = transit;
    if (fate !== 'waiting' && fate !== 'held') edge.count(fate);
    const trace = this.#trace;
    if (!trace?.isRecording) return;
    const rules = decidedBy === undefined ? transit.rules : [...transit.rules, decidedBy];
    const record = this.#record;
    record.fate = fate;
    record.copy = transit.copy;
    record.isReply = transit.isReply;
    record.isRequest = transit.isRequest;
    record.msgId = transit.msgId;
    record.inReplyTo = transit.inReplyTo;
    record.isAltered = transit.isAltered;
    record.src = trace.word(edge.src.name);
    record.dest = trace.word(edge.dest.name);
    record.type = trace.word(transit.type);
    record.rules = trace.word(rules.join(','));
    record.incarnation = transit.incarnation;
    record.seq = transit.seq;
    record.bodyBytes = transit.bodyBytes;
    record.ordinal = transit.ordinal;
    record.arrivedMs = transit.arrivedMs;
    record.atMs = nowMs;
    record.source = transit.bytes;
    record.stampsAt = transit.stampsAt;
    record.vectorAt = transit.vectorAt;
    record.bodyAt = transit.bodyAt;
    trace.fate(record);
  }

  #scheduleTurnEnd(): void {
    if (this.#turnEndPending) return;
    this.#turnEndPending = true;
    setImmediate(this.#onTurnEnd);
  }

  #onTurnEnd = (): void => {
    this.#turnEndPending = false;
    this.#endTurn();
  };

  #endTurn(): void {
    this.#endRun();
    this.#trace?.flush();
    for (const receiver of this.#dirty) receiver.flush();
    this.#dirty.clear();
  }

  /** What the rules have done; of the edges of each, those on which it did most. */
  reports(): RuleStats[] {
    return this.#rules.reports().map((report) => ({
      ...report,
      edges: [...report.edges]
        .sort((a, b) => b.hit - a.hit || b.matched - a.matched)
        .slice(0, edgesReportedMax),
    }));
  }

  stats(): RouterStats {
    const queuedBytes: Record<string, number> = {};
    for (const receiver of this.#receivers.values()) {
      if (receiver.queuedBytes > 0) queuedBytes[receiver.name] = receiver.queuedBytes;
    }
    const edges: EdgeStats[] = [];
    for (const [src, bySrc] of this.#edges) {
      for (const [dest, { counts, delays }] of bySrc) {
        const fatesSeen = [...counts].filter(([, count]) => count > 0);
        if (fatesSeen.length > 0) {
          edges.push({
            edge: `${src.name}>${dest}`,
            src: src.name,
            dest,
            fates: Object.fromEntries(fatesSeen),
            delays: delays.stats(counts.get('delivered')!),
          });
        }
      }
    }
    return {
      messages: this.#messages,
      waiting:
        this.#scheduler.size +
        [...this.#receivers.values()].reduce((sum, { backlog }) => sum + backlog.length, 0),
      held: this.#held.length,
      queuedBytes,
      residentBytes: process.memoryUsage.rss(),
      edges,
      rules: this.reports(),
    };
  }

  /** Ends in order: what waits or is held goes down with the router, and the recording says so. */
  stop(): void {
    clearTimeout(this.#expiryTimer);
    this.#endTurn();
    const nowMs = this.#now();
    const backlogs = [...this.#receivers.values()].flatMap(({ backlog }) => backlog.splice(0));
    for (const transit of [...this.#scheduler.stop(), ...this.#held, ...backlogs]) {
      this.#recordTransit(transit, 'router down', nowMs);
    }
    this.#held = [];
    this.#trace?.flush();
  }
}

function isEnd(outcome: Outcome): outcome is Exclude<Outcome, 'deliver' | 'held'> {
  return outcome !== 'deliver' && outcome !== 'held';
}

interface Run {
  readonly receiver: Receiver;
  readonly buffer: Buffer;
  readonly start: number;
  end: number;
  /** How far it may grow before the receiver's queue or socket must be asked again. */
  readonly endMax: number;
  count: number;
}
