/**
 * The port: all that a program sees of the world. A program is a function that gets a `Node` and
 * says what it does with messages and timers; it imports no sockets and reads no other clock.
 *
 *   export default function counter(node: Node) {
 *     let total = 0;
 *     node.on('add', ({ amount }) => ({ total: (total += Number(amount)) }));
 *   }
 *
 * Nothing in this file knows how a node is run. Today a process host implements it.
 */
import type { Body, Json } from '@faultline/protocol';

/** What a program exports by default. A promise is waited for before the node counts as ready. */
export type Program = (node: Node) => void | Promise<void>;

export interface Message<B extends Body = Body> {
  readonly src: string;
  readonly dest: string;
  readonly body: B;
}

/** A reply's fields; `type` is the request's with `_ok` behind it unless it says otherwise. */
export type Reply = { readonly type?: string; readonly [key: string]: Json | undefined };

/**
 * Handles a message. What it returns, or resolves to, answers a request; nothing returned, nothing
 * answered. Throw `RpcError` to answer with an error.
 *
 * A handler may name the body that nodes of its program send each other: `({ parts }: Parts) => …`.
 * That is not checked: clients may send anything, and a rule may change a body on its way.
 */
export type Handler = Handling['handle'];

interface Handling {
  // A method: only then may a handler take a narrower body.
  // biome-ignore lint/suspicious/noConfusingVoidType: a handler without a return statement is a handler.
  handle(body: Body, message: Message): Reply | void | Promise<Reply | void>;
}

export interface Node {
  readonly id: string;
  /** Counts the starts of this node, from 1. */
  readonly incarnation: number;
  /** All nodes of the cluster but this one. */
  readonly peers: readonly string[];
  /** All nodes of the cluster, in order. */
  readonly members: readonly string[];
  /** What the user set with `--set key=value`. */
  readonly settings: Readonly<Record<string, string>>;

  on(type: string, handler: Handler): void;
  /**
   * Called when nodes were added or removed. A node that is not among the members any more is about to be
   * stopped: it goes on for as long as a promise that its handlers return, but for two seconds at most.
   */
  onMembership(handler: (members: readonly string[]) => unknown): void;

  /** Sends and forgets: there is no telling whether it arrives. */
  send(dest: string, body: Body): void;
  /** Sends to every peer. */
  broadcast(body: Body): void;
  /**
   * Sends a request and waits for the answer. Rejects with `RpcError` where the other side answered
   * with an error, and with `UnknownOutcome` where no answer came in time: then the request may or
   * may not have taken effect, now or later.
   */
  call(dest: string, body: Body, options?: { readonly timeoutMs?: number }): Promise<Body>;

  /** Once, after so much of the node's own time. A delay may be of any length; infinite is never. */
  after(ms: number, run: () => void): Timer;
  /** Again and again, so much of the node's own time apart. */
  every(ms: number, run: () => void): Timer;

  readonly clock: NodeClock;
  readonly random: Random;
  readonly disk: Disk;
  readonly log: Log;

  /** Puts a fact of the program's own into the recording. */
  event(name: string, data?: Readonly<Record<string, Json>>): void;
  /** Tells what the node is now, such as `leader`; null: nothing in particular. */
  role(role: string | null): void;
}

export interface Timer {
  cancel(): void;
}

/** What this node's clocks read. They can be wrong; that is the point. */
export interface NodeClock {
  /** Milliseconds since 1970. May jump, forward or back. */
  wall(): number;
  /** Milliseconds since the cluster began. Never goes back; may run fast or slow. */
  monotonic(): number;
  /** The Lamport stamp of the latest event here. */
  lamport(): number;
  /** How many events of each node this one knows of: `n1`, and `n1.2` once it has started again. */
  vector(): Readonly<Record<string, number>>;
  /** A new hybrid stamp, greater than every one seen here before; text that sorts. */
  hybrid(): string;
  /**
   * Takes over a hybrid stamp that the program kept: every later one is greater. A process starts with a
   * clock that knows nothing of its earlier starts, so a program that orders by stored stamps observes
   * them first. Throws RangeError if the text is not a hybrid stamp, or beyond the year 10889.
   */
  observeHybrid(stamp: string): void;
  /** The node's belief: true time lies between these, if its clock kept its promise. */
  interval(): { readonly earliestMs: number; readonly latestMs: number };
}

/** Random numbers that repeat with the cluster's seed, the node's name and its incarnation. */
export interface Random {
  /** At least 0, below 1. */
  next(): number;
  /** A whole number, at least 0, below `below`; throws RangeError where there is none. */
  integer(below: number): number;
  /** One of them; throws RangeError where there is none. */
  pick<T>(among: readonly T[]): T;
  /** All of them, in a new order. */
  shuffle<T>(items: readonly T[]): T[];
}

/**
 * Files of records in the node's own directory. What was synced survives a kill; what was appended
 * and not synced is lost with the process. `restart --wipe` removes everything.
 *
 * A file whose records were changed by something else is refused with DISK_CORRUPT, whatever is asked
 * of it but `replace`.
 */
export interface Disk {
  append(file: string, record: Json): void;
  /**
   * Resolves when all appended records are on disk. Rejects with DISK_FULL or DISK_ERROR; the
   * records stay, and the next sync writes them.
   */
  sync(file: string): Promise<void>;
  /**
   * All records, those not yet synced included, as the type that the program appended. A record torn by
   * a crash is left out; unsynced records before it may be there. Throws DISK_ERROR and DISK_CORRUPT.
   */
  read<Appended extends Json = Json>(file: string): Appended[];
  /**
   * Puts these records in the place of those that are there now. Resolves when that is done, and
   * rejects where nothing has changed; nobody ever sees a part.
   */
  replace(file: string, records: readonly Json[]): Promise<void>;
}

/** Pino's methods, with the node and its incarnation on every line. */
export interface Log {
  debug: LogLine;
  info: LogLine;
  warn: LogLine;
  error: LogLine;
}

export interface LogLine {
  (message: string): void;
  (facts: object, message?: string): void;
}
