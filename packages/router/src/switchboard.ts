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
import { type Copy, decide, RuleSet } from '@faultline/faults';
import {
  type EdgeStats,
  type Fate,
  type FateToWrite,
  FrameReader,
  type InstalledRuleData,
  type Member,
  type RouterStats,
} from '@faultline/protocol';
import { Edge } from './edge.ts';
import { Receiver } from './receiver.ts';
import { Scheduler } from './scheduler.ts';
import type { TraceWriter } from './trace-writer.ts';
import { Transit } from './transit.ts';

export interface SwitchboardOptions {
  readonly seed: string;
  readonly now: () => number;
  readonly trace: TraceWriter | null;
  /** Bytes that may wait for one receiver. */
  readonly queueBytesMax: number;
  /** Tells what a user should hear of, such as a queue that overflows for the first time. */
  readonly onEvent: (kind: string, facts: Record<string, unknown>) => void;
}

const noBytes = Buffer.alloc(0);

export class Switchboard {
  readonly #options: SwitchboardOptions;
  readonly #now: () => number;
  readonly #trace: TraceWriter | null;
  readonly #rules: RuleSet;
  readonly #receivers = new Map<string, Receiver>();
  readonly #edges = new Map<Receiver, Map<string, Edge>>();
  readonly #scheduler: Scheduler<Transit>;
  readonly #held: Transit[] = [];
  readonly #dirty = new Set<Receiver>();
  readonly #overflowing = new Set<Receiver>();
  readonly #reader = new FrameReader();
  #turnEndPending = false;
  #messages = 0;
  #expiryTimer: NodeJS.Timeout | undefined;
  #run: Run | undefined;
  readonly #record: FateToWrite = {
    fate: 'delivered',
    copy: 0,
    isReply: false,
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
  };

  constructor(options: SwitchboardOptions) {
    this.#options = options;
    this.#now = options.now;
    this.#trace = options.trace;
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
      for (const edges of this.#edges.values()) edges.delete(receiver.name);
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
        outdated.push(known);
      }
    }
    return outdated;
  }

  /** Installs what is new in the list and ends what is not in it; messages that a rule held go on. */
  setRules(rules: readonly InstalledRuleData[]): void {
    const wanted = new Set(rules.map(({ id }) => id));
    for (const { id } of this.#rules.list()) if (!wanted.has(id)) this.#rules.remove(id);
    const present = new Set(this.#rules.list().map(({ id }) => id));
    for (const { id, spec, expiresAtMs } of rules) {
      if (!present.has(id)) this.#rules.restore(id, spec, expiresAtMs);
    }
    this.#releaseOrphans();
    this.#armExpiry();
  }

  /** Lets held messages go on: those on the edges that `accepts` takes. Returns how many. */
  release(accepts: (src: string, dest: string) => boolean): number {
    const nowMs = this.#now();
    let released = 0;
    for (let i = 0; i < this.#held.length; ) {
      const transit = this.#held[i]!;
      if (accepts(transit.edge.src.name, transit.edge.dest.name)) {
        this.#held.splice(i, 1);
        this.#arrive(transit, nowMs);
        released++;
      } else i++;
    }
    if (released > 0) this.#endTurn();
    return released;
  }

  linkUp(receiver: Receiver, seq: number): void {
    this.#trace?.link(true, receiver.name, receiver.joinedIncarnation, seq, this.#now());
    this.#scheduleTurnEnd();
  }

  /** The receiver's process is gone: what waited for it in the backlog goes down with it. */
  linkDown(receiver: Receiver): void {
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
   * Routes every message of a frame that came from `src`. Throws BAD_FRAME where the bytes are no
   * frame; the messages before that point are routed.
   */
  route(src: Receiver, frame: Buffer): void {
    const reader = this.#reader;
    const nowMs = this.#now();
    const edges = this.#edges.get(src);
    if (edges === undefined) return;
    try {
      reader.open(frame);
      while (reader.next()) {
        this.#messages++;
        const edge = edges.get(reader.dest) ?? this.#newEdge(src, edges, reader.dest);
        if (reader.src !== src.name || edge === undefined) this.#refuse(src, reader, nowMs);
        else this.#forward(edge, reader, nowMs);
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
    const copies = decide(edge.rules, reader);
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
    if (run?.receiver === dest && run.end === reader.start && run.buffer === reader.buffer) {
      run.end = reader.end;
      run.count++;
    } else {
      this.#endRun();
      const fate = this.#obstacle(dest, reader.end - reader.start);
      if (fate !== undefined || !dest.hasRoom || dest.backlog.length > 0) {
        const transit = new Transit(edge, reader, 0, edge.rules.ordinal, nowMs, nowMs, []);
        if (fate !== undefined) this.#recordTransit(transit, fate, nowMs);
        else this.#queue(transit, nowMs);
        return;
      }
      this.#run = {
        receiver: dest,
        buffer: reader.buffer,
        start: reader.start,
        end: reader.end,
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
    run.receiver.push(run.buffer, run.start, run.end, run.count);
    this.#dirty.add(run.receiver);
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
    const transit = new Transit(edge, reader, number, ordinal, nowMs, dueMs, copy.rules);
    if (copy.outcome === 'lost' || copy.outcome === 'cut') {
      this.#recordTransit(transit, copy.outcome, nowMs);
    } else if (copy.outcome === 'deliver' && copy.delayMs === 0 && dueMs <= nowMs) {
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
        this.#recordTransit(transit, 'waiting', nowMs);
        this.#scheduler.add(transit);
      }
    }
  }

  /** A copy is due: it left the wire, unless a cut came meanwhile. */
  #arrive(transit: Transit, nowMs: number, isNew = false): void {
    const { edge } = transit;
    const { dest } = edge;
    if (!isNew) {
      dest.waitingBytes -= transit.bytes.length;
      const cut = edge.rules.cutsInFlight(transit);
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
    const { dest } = transit.edge;
    dest.push(transit.bytes, 0, transit.bytes.length, 1);
    this.#dirty.add(dest);
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

  /** The rules that held these are gone. */
  #releaseOrphans(): void {
    const present = new Set(this.#rules.list().map(({ id }) => id));
    const nowMs = this.#now();
    const orphans = this.#held.filter(({ rules }) => !present.has(rules.at(-1)!));
    if (orphans.length === 0) return;
    const kept = this.#held.filter(({ rules }) => present.has(rules.at(-1)!));
    this.#held.splice(0, this.#held.length, ...kept);
    for (const transit of orphans) this.#arrive(transit, nowMs);
    this.#endTurn();
  }

  #armExpiry(): void {
    clearTimeout(this.#expiryTimer);
    const nextMs = this.#rules.nextExpiryMs;
    if (nextMs === null) return;
    const waitMs = Math.min(Math.max(0, Math.ceil(nextMs - this.#now())), 0x7fffffff);
    this.#expiryTimer = setTimeout(() => {
      for (const rule of this.#rules.expire(this.#now())) {
        this.#options.onEvent('rule.expired', { rule: rule.id });
      }
      this.#releaseOrphans();
      this.#armExpiry();
    }, waitMs);
  }

  #refuse(src: Receiver, reader: FrameReader, nowMs: number): void {
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
      reason:
        reader.src === src.name ? 'no such destination' : `it claims to come from ${reader.src}`,
    });
  }

  #fill(reader: FrameReader, nowMs: number): FateToWrite {
    const record = this.#record;
    record.fate = 'delivered';
    record.copy = 0;
    record.rules = 0;
    record.isReply = reader.isReply;
    record.incarnation = reader.incarnation;
    record.seq = reader.seq;
    record.bodyBytes = reader.end - reader.bodyAt;
    record.ordinal = 0;
    record.arrivedMs = nowMs;
    record.atMs = nowMs;
    record.source = reader.buffer;
    record.stampsAt = reader.stampsAt;
    record.vectorAt = reader.vectorAt;
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
    edge.count(fate);
    const trace = this.#trace;
    if (!trace?.isRecording) return;
    const rules = decidedBy === undefined ? transit.rules : [...transit.rules, decidedBy];
    const record = this.#record;
    record.fate = fate;
    record.copy = transit.copy;
    record.isReply = transit.isReply;
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

  stats(): RouterStats {
    const queuedBytes: Record<string, number> = {};
    for (const receiver of this.#receivers.values()) {
      if (receiver.queuedBytes > 0) queuedBytes[receiver.name] = receiver.queuedBytes;
    }
    const edges: EdgeStats[] = [];
    for (const [src, bySrc] of this.#edges) {
      for (const [dest, { counts }] of bySrc) {
        const fatesSeen = [...counts].filter(([, count]) => count > 0);
        if (fatesSeen.length > 0) {
          edges.push({ edge: `${src.name}>${dest}`, fates: Object.fromEntries(fatesSeen) });
        }
      }
    }
    return {
      messages: this.#messages,
      waiting: this.#scheduler.size,
      held: this.#held.length,
      queuedBytes,
      residentBytes: process.memoryUsage.rss(),
      edges,
    };
  }

  /** Writes what is still to be written. */
  stop(): void {
    clearTimeout(this.#expiryTimer);
    this.#endTurn();
    this.#scheduler.stop();
  }
}

interface Run {
  readonly receiver: Receiver;
  readonly buffer: Buffer;
  readonly start: number;
  end: number;
  count: number;
}
