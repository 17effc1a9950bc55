/**
 * A run as the rest of this package reads it.
 *
 *   process   one lifetime of a member: a node's incarnation, or a client. It does one thing at a time
 *   step      one action of a process: it sent, received, or reported a local event. The literature
 *             calls this an event; here that word means the cluster's events
 *   message   one send, with one or more fate records for each copy of it
 *
 * All three are rows of tables, and a row's number is its name: `message 17`, `step 4`. Times are true
 * time; what a node's own clock read at a step is `wallMs`, NaN for members without a clock (clients, and
 * programs that do not use the SDK).
 */
import type { ClusterEvent } from '@faultline/actions';
import {
  type Fate,
  fates as fateNames,
  type HandlerOutcome,
  type HistoryEntry,
  isClientName,
  outcomes,
  type Reception,
  type RuleEvent,
  type RunInfo,
  receptions,
} from '@faultline/protocol';
import { bytes, floats, integers, naturals, shorts, Words } from './columns.ts';

export interface Process {
  readonly index: number;
  /** Name of the member, such as n1. */
  readonly name: string;
  readonly incarnation: number;
  /** Outside the system, like c1: its steps are known from the router and the history. */
  readonly isClient: boolean;
  /** Its host records what it receives, and its messages carry stamps. */
  keepsRecord: boolean;
  /** Its steps in the order in which it took them. */
  steps: Int32Array;
  /** By sequence number: the message. -1 or nothing for one that is not known. */
  readonly sent: { rows: Int32Array };
}

const stepKinds = ['send', 'receive', 'local'] as const;
export type StepKind = (typeof stepKinds)[number];
export const sendStep = 0;
export const receiveStep = 1;
export const localStep = 2;

export const flagReply = 1;
/** Its sender counted it, and no router ever saw it: destination and type are not known. */
export const flagUnseen = 2;

/** No outcome: the handler did not end before the recording did, or there was none. */
export const noOutcome = 255;

export interface RuleChangeAt {
  readonly event: RuleEvent;
  /** The first message that was decided with it. */
  readonly message: number;
}

/** A router process started, without rules or messages. */
export interface RouterStart {
  readonly atMs: number;
  /** The first message that it decided. */
  readonly message: number;
}

/** Changes that affect a router's decisions, in the order of its records. */
export type RouterChange =
  | { readonly kind: 'start' }
  | { readonly kind: 'rule'; readonly event: RuleEvent }
  | { readonly kind: 'joined'; readonly name: string; readonly incarnation: number };

export interface LocalFact {
  readonly name: string;
  readonly data: object;
}

export interface RecordedBody {
  readonly text: string;
  readonly isCut: boolean;
}

export interface Joined {
  readonly atMs: number;
  /** The first message that the router saw after that. */
  readonly message: number;
  readonly owner: number;
}

export class Run {
  readonly info: RunInfo;
  readonly processes: Process[] = [];
  readonly words = new Words();
  events: readonly ClusterEvent[] = [];
  history: readonly HistoryEntry[] = [];
  readonly rules: RuleChangeAt[] = [];
  readonly starts: RouterStart[] = [];
  /** All of these in order, each before the message with the number. */
  readonly changes: (RouterChange & { readonly message: number })[] = [];
  /** By member: which process joined the router when. */
  readonly joined = new Map<string, Joined[]>();

  readonly messages = {
    owner: naturals(),
    dest: naturals(),
    type: naturals(),
    seq: floats(),
    flags: bytes(),
    ordinal: floats(),
    bodyBytes: naturals(),
    /** When the router got it. */
    arrivedMs: floats(),
    /** `msg_id` and `in_reply_to` of the body; -1 for none. */
    msgId: floats(),
    inReplyTo: floats(),
    /** The step that sent it. */
    send: integers(),
    /** Its fate records, as a list: `fates.next`. */
    firstFate: integers(),
    lastFate: integers(),
  };
  readonly fates = {
    message: naturals(),
    copy: shorts(),
    fate: bytes(),
    /** Ids of rules, joined by commas; the last one decided. A word. */
    rules: naturals(),
    atMs: floats(),
    altered: bytes(),
    /** Of the same message; -1 at the end. */
    next: integers(),
    /** For a delivered copy, the step that received it; -1 if there is none, or none is known. */
    reception: integers(),
  };
  readonly steps = {
    kind: bytes(),
    owner: naturals(),
    /** -1 for a local step. */
    message: integers(),
    /** For a reception: the fate record of the copy; -1 if unknown. */
    fate: integers(),
    atMs: floats(),
    wallMs: floats(),
    /** -1 if the step has no stamps. */
    lamport: floats(),
    hybridMs: floats(),
    hybridCounter: naturals(),
    /** Its index among the steps of its process, from 0. */
    place: naturals(),
    /** For a reception: what the host did with it; 255 if it is only inferred. */
    reception: bytes(),
    /** Of a reception: how its handler ended, and when. */
    outcome: bytes(),
    endedMs: floats(),
  };
  readonly locals = new Map<number, LocalFact>();
  /** By step: what a handler threw. */
  readonly thrown = new Map<number, string>();
  /** By fate record. */
  readonly bodies = new Map<number, RecordedBody>();
  /** By step: the vector clock it carried, if the builder was configured to keep them. */
  readonly vectors = new Map<number, Readonly<Record<string, number>>>();

  readonly #prefixes = new Map<string, number>();
  readonly #lives = new Map<string, number>();
  #trueOrder: Int32Array | undefined;

  constructor(info: RunInfo) {
    this.info = info;
  }

  get messageCount(): number {
    return this.messages.send.length;
  }

  get stepCount(): number {
    return this.steps.kind.length;
  }

  /** Creates the process if it is new. */
  process(name: string, incarnation: number): Process {
    const prefix = `${name}.${incarnation}`;
    const known = this.#prefixes.get(prefix);
    if (known !== undefined) return this.processes[known]!;
    const owner: Process = {
      index: this.processes.length,
      name,
      incarnation,
      isClient: isClientName(name),
      keepsRecord: false,
      steps: new Int32Array(0),
      sent: { rows: new Int32Array(0) },
    };
    this.#prefixes.set(prefix, owner.index);
    this.#lives.set(name, (this.#lives.get(name) ?? 0) + 1);
    this.processes.push(owner);
    return owner;
  }

  /** The message of an id such as n1.1.345; -1 if the run has none. */
  findMessage(id: string): number {
    const dot = id.lastIndexOf('.');
    const index = this.#prefixes.get(id.slice(0, dot));
    if (index === undefined || !/^\d+$/.test(id.slice(dot + 1))) return -1;
    return this.messageOf(this.processes[index]!, Number(id.slice(dot + 1)));
  }

  messageOf({ sent }: Process, seq: number): number {
    return seq < sent.rows.length ? sent.rows[seq]! : -1;
  }

  processOf(message: number): Process {
    return this.processes[this.messages.owner.rows[message]!]!;
  }

  id(message: number): string {
    const { name, incarnation } = this.processOf(message);
    return `${name}.${incarnation}.${this.messages.seq.rows[message]}`;
  }

  src(message: number): string {
    return this.processOf(message).name;
  }

  dest(message: number): string {
    return this.words.text(this.messages.dest.rows[message]!);
  }

  type(message: number): string {
    return this.words.text(this.messages.type.rows[message]!);
  }

  isReply(message: number): boolean {
    return (this.messages.flags.rows[message]! & flagReply) !== 0;
  }

  isUnseen(message: number): boolean {
    return (this.messages.flags.rows[message]! & flagUnseen) !== 0;
  }

  fate(record: number): Fate {
    return fateNames[this.fates.fate.rows[record]!]!;
  }

  /** Ids of the rules that touched the copy. */
  rulesOf(record: number): string[] {
    const text = this.words.text(this.fates.rules.rows[record]!);
    return text === '' ? [] : text.split(',');
  }

  /** The fate records of a message, in the order in which they came. */
  *fatesOf(message: number): Generator<number> {
    const { next } = this.fates;
    for (let record = this.messages.firstFate.rows[message]!; record >= 0; ) {
      yield record;
      record = next.rows[record]!;
    }
  }

  kind(step: number): StepKind {
    return stepKinds[this.steps.kind.rows[step]!]!;
  }

  reception(step: number): Reception | undefined {
    return receptions[this.steps.reception.rows[step]!];
  }

  outcome(step: number): HandlerOutcome | undefined {
    return outcomes[this.steps.outcome.rows[step]!];
  }

  /** The send of the message that a reception received; -1 for none. */
  cause(step: number): number {
    if (this.steps.kind.rows[step] !== receiveStep) return -1;
    const message = this.steps.message.rows[step]!;
    return message < 0 ? -1 : this.messages.send.rows[message]!;
  }

  /** `n1`, or `n1.2` if n1 had several incarnations in this run. */
  label({ name, incarnation }: Process): string {
    return (this.#lives.get(name) ?? 1) > 1 ? `${name}.${incarnation}` : name;
  }

  /** True time as milliseconds since the run began. */
  sinceStart(trueMs: number): number {
    return trueMs - this.info.epoch.trueMs;
  }

  /** The reading of a perfect clock. */
  trueWall(trueMs: number): number {
    return this.info.epoch.wallMs + this.sinceStart(trueMs);
  }

  /** True time of the last record, or of the run's beginning if there is none. */
  get lastMs(): number {
    const { epoch } = this.info;
    let lastMs = epoch.trueMs + (this.events.at(-1)?.atMs ?? 0);
    for (const { rows, length } of [this.fates.atMs, this.steps.atMs]) {
      for (let row = 0; row < length; row++) lastMs = Math.max(lastMs, rows[row]!);
    }
    return lastMs;
  }

  /** All steps by true time, each process's in its own order, a message's send before its receipt. */
  get trueOrder(): Int32Array {
    this.#trueOrder ??= mergeByTime(this);
    return this.#trueOrder;
  }
}

/** `n1.1.8/1` is one copy of a message; the explanation covers the others too. */
export function withoutCopy(id: string): string {
  return id.trim().replace(/\/\d+$/, '');
}

/** Merges the processes, whose steps are in order already, with a heap of their next ones. */
function mergeByTime({ processes, steps, stepCount }: Run): Int32Array {
  const { atMs, kind } = steps;
  const order = new Int32Array(stepCount);
  const next = new Int32Array(processes.length);
  const heap: number[] = [];
  const headOf = (owner: number): number => processes[owner]!.steps[next[owner]!]!;
  const isEarlier = (a: number, b: number): boolean => {
    const [stepA, stepB] = [headOf(a), headOf(b)];
    const ms = atMs.rows[stepA]! - atMs.rows[stepB]!;
    if (ms !== 0) return ms < 0;
    // Within one moment what is sent comes before what is received.
    const receives =
      Number(kind.rows[stepA] === receiveStep) - Number(kind.rows[stepB] === receiveStep);
    return receives === 0 ? a < b : receives < 0;
  };
  const sink = (from: number): void => {
    for (let at = from; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && isEarlier(heap[child]!, heap[least]!)) least = child;
      }
      if (least === at) return;
      [heap[at], heap[least]] = [heap[least]!, heap[at]!];
      at = least;
    }
  };
  for (const owner of processes) if (owner.steps.length > 0) heap.push(owner.index);
  for (let at = heap.length >> 1; at >= 0; at--) sink(at);
  for (let i = 0; heap.length > 0; i++) {
    const owner = heap[0]!;
    order[i] = headOf(owner);
    next[owner]!++;
    if (next[owner] === processes[owner]!.steps.length) {
      const last = heap.pop()!;
      if (heap.length > 0) heap[0] = last;
    }
    sink(0);
  }
  return order;
}
