/**
 * The port: everything that a program sees. A program is a function that receives a `Node` and
 * registers handlers for messages and timers; it imports no sockets and reads no other clock.
 *
 *   export default function counter(node: Node) {
 *     let total = 0;
 *     node.on('add', ({ amount }) => ({ total: (total += Number(amount)) }));
 *   }
 *
 * Nothing in this file knows how a node is run. Today a process host implements it.
 */
import type { Body, Json } from '@faultline/protocol';

/** The default export of a program. The node becomes ready when a returned promise resolves. */
export type Program = (node: Node) => void | Promise<void>;

export interface Message<B extends Body = Body> {
  readonly src: string;
  readonly dest: string;
  readonly body: B;
}

/** The fields of a reply. Default of `type`: the request's with `_ok` appended. */
export type Reply = { readonly type?: string; readonly [key: string]: Json | undefined };

/**
 * Handles a message. The object that it returns, or resolves to, answers a request; without one there
 * is no answer. Throw `RpcError` to answer with an error.
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
   * Called when nodes were added or removed. A node that is no longer among the members is about to be
   * stopped: it continues until the promises that its handlers return settle, but for two seconds at most.
   */
  onMembership(handler: (members: readonly string[]) => unknown): void;

  /** Sends without waiting: there is no confirmation that it arrives. */
  send(dest: string, body: Body): void;
  /** Sends to every peer. */
  broadcast(body: Body): void;
  /**
   * Sends a request and waits for the answer. Rejects with `RpcError` if the other side answered
   * with an error, and with `UnknownOutcome` if no answer came in time: then the request may or
   * may not have taken effect, now or later.
   */
  call(dest: string, body: Body, options?: { readonly timeoutMs?: number }): Promise<Body>;

  /** Runs once, after this much of the node's own time. A delay may have any length; infinite: never. */
  after(ms: number, run: () => void): Timer;
  /** Runs repeatedly, at this interval of the node's own time. */
  every(ms: number, run: () => void): Timer;

  readonly clock: NodeClock;
  readonly random: Random;
  readonly disk: Disk;
  readonly log: Log;

  /** Records a custom fact of the program. */
  event(name: string, data?: Readonly<Record<string, Json>>): void;
  /** Reports the current role of the node, such as `leader`; null: no role. */
  role(role: string | null): void;
}

export interface Timer {
  cancel(): void;
}

/** Readings of this node's clocks. They can be wrong; that is the point. */
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
   * Adopts a hybrid stamp that the program stored: every later one is greater. The clock of a process
   * starts without knowledge of earlier starts, so a program that orders by stored stamps observes
   * them first. Throws RangeError if the text is not a hybrid stamp, or beyond the year 10889.
   */
  observeHybrid(stamp: string): void;
  /** Bounds of true time, if the node's clock is within its assumed error. */
  interval(): { readonly earliestMs: number; readonly latestMs: number };
}

/** Random numbers that are a function of the cluster's seed, the node's name and its incarnation. */
export interface Random {
  /** At least 0, below 1. */
  next(): number;
  /** A whole number, at least 0, below `below`; throws RangeError if there is none. */
  integer(below: number): number;
  /** One of the items; throws RangeError if there are none. */
  pick<T>(among: readonly T[]): T;
  /** All of them, in a new order. */
  shuffle<T>(items: readonly T[]): T[];
}

/**
 * Files of records in the node's own directory. What was synced survives a kill; what was appended
 * and not synced is lost with the process. `restart --wipe` removes everything.
 *
 * For a file whose records were changed by something else, every method except `replace` fails with
 * DISK_CORRUPT.
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
   * Replaces all records atomically. Resolves when that is done, and rejects if nothing has changed.
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
