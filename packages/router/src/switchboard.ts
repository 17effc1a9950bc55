/**
 * The heart of the router: its members, the links between them, and the parts that decide what
 * happens to each message.
 *
 *   routing         reads a frame and lets the rules of each link decide
 *   rules in force  the rules, until each is removed or its time is over
 *   delivery        copies on their way: delayed, held, or behind others in a backlog
 *   fates           records and counts what becomes of each copy
 *   turn            sends what was gathered, after its records are written
 */

import type { Signatures } from '@faultline/link';
import type {
  HeldMessages,
  InFlight,
  InstalledRuleData,
  Member,
  RouterEvent,
  RouterStats,
  RuleStats,
} from '@faultline/protocol';
import { Delivery } from './delivery.ts';
import { Edge } from './edge.ts';
import { Endpoint } from './endpoint.ts';
import { Fates } from './fates.ts';
import type { AcceptsLink } from './held.ts';
import { Routing } from './routing.ts';
import { RulesInForce } from './rules-in-force.ts';
import { edgeStats, queuedBytes } from './stats.ts';
import type { TraceWriter } from './trace-writer.ts';
import { Turn } from './turn.ts';

export interface SwitchboardOptions {
  readonly seed: string;
  readonly now: () => number;
  readonly trace: TraceWriter | null;
  /** How much of each body is recorded (default: nothing). */
  readonly traceBodyBytesMax?: number;
  /** Bytes that may wait for one receiver. */
  readonly queueBytesMax: number;
  /** Present if members sign: then the router signs its own messages, too. */
  readonly signatures?: Signatures;
  /** Reports what a user should know, such as a queue that overflows for the first time. */
  readonly onEvent: (report: RouterEvent) => void;
}

export class Switchboard {
  readonly #now: () => number;
  readonly #trace: TraceWriter | null;
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #turn: Turn;
  readonly #delivery: Delivery;
  readonly #rules: RulesInForce;
  readonly #routing: Routing;

  constructor(options: SwitchboardOptions) {
    const { now, trace, queueBytesMax, onEvent } = options;
    this.#now = now;
    this.#trace = trace;
    const turn = new Turn(trace);
    const fates = new Fates(trace, options.traceBodyBytesMax ?? 0);
    const delivery = new Delivery({
      now,
      turn,
      fates,
      queueBytesMax,
      edges: () => [...this.#endpoints.values()].flatMap(({ edges }) => [...edges.values()]),
      onDue: (nowMs) => this.#rules.expire(nowMs),
      onEvent,
    });
    this.#turn = turn;
    this.#delivery = delivery;
    this.#rules = new RulesInForce({
      seed: options.seed,
      now,
      trace,
      onChange: (rules, drop) => {
        turn.scheduleEnd();
        return delivery.rulesChanged(rules, drop);
      },
    });
    this.#routing = new Routing({
      now,
      turn,
      fates,
      delivery,
      rules: this.#rules,
      queueBytesMax,
      sign: options.signatures?.sign,
      connect: (src, dest) => this.#connect(src, dest),
      onEvent,
    });
  }

  member(name: string): Endpoint | undefined {
    return this.#endpoints.get(name);
  }

  /** Sets who belongs to the cluster. Returns the endpoints whose process may no longer be joined. */
  setMembers(members: readonly Member[]): Endpoint[] {
    const outdated: Endpoint[] = [];
    const names = new Set(members.map(({ name }) => name));
    for (const endpoint of this.#endpoints.values()) {
      if (names.has(endpoint.name)) continue;
      this.#remove(endpoint);
      outdated.push(endpoint);
    }
    for (const member of members) {
      const { name, incarnation } = member;
      const known = this.#endpoints.get(name);
      if (known === undefined) {
        this.#endpoints.set(name, new Endpoint(member));
      } else if (known.incarnation !== incarnation) {
        known.incarnation = incarnation;
        this.#restarted(name);
        outdated.push(known);
      }
    }
    return outdated;
  }

  /** A member runs as a new process: its connections are new, and nothing on them is to be kept in order. */
  #restarted(name: string): void {
    this.#rules.restarted(name);
    this.#delivery.restarted(name);
  }

  #remove(endpoint: Endpoint): void {
    endpoint.isMember = false;
    endpoint.edges.clear();
    this.#endpoints.delete(endpoint.name);
    this.#rules.forget(endpoint.name);
    for (const { edges } of this.#endpoints.values()) edges.delete(endpoint.name);
    this.#delivery.dropHeld(endpoint);
  }

  #connect(src: Endpoint, name: string): Edge | undefined {
    const dest = this.#endpoints.get(name);
    if (dest === undefined) return undefined;
    const isClient = (member: string): boolean => this.#endpoints.get(member)?.kind === 'client';
    const edge = new Edge(src, dest, this.#rules.edge(src.name, name, isClient));
    src.edges.set(name, edge);
    return edge;
  }

  linkUp(endpoint: Endpoint, seq: number): void {
    this.#trace?.link(true, endpoint.name, endpoint.joinedIncarnation, seq, this.#now());
    this.#turn.scheduleEnd();
  }

  /** The endpoint's process is gone. */
  linkDown(endpoint: Endpoint): void {
    // What is recorded as delivered is handed to the socket, as long as there is one.
    this.#turn.end();
    const nowMs = this.#now();
    endpoint.inbox.detach();
    this.#delivery.dropBacklog(endpoint, nowMs);
    this.#trace?.link(false, endpoint.name, endpoint.joinedIncarnation, 0, nowMs);
    this.#turn.scheduleEnd();
  }

  /** The endpoint's socket has written something. */
  onRoom(endpoint: Endpoint): void {
    this.#delivery.onRoom(endpoint);
  }

  /**
   * Routes the messages of a frame that came from `src`, from byte `at` on until `bytesMax` are routed
   * (default: all); returns where the next one begins. `isCurrent`: it came over the connection that
   * `src` has now. Throws BAD_FRAME if the bytes are no frame; the messages before that point are routed.
   */
  route(
    src: Endpoint,
    frame: Buffer,
    isCurrent = true,
    at = 0,
    bytesMax = Number.POSITIVE_INFINITY,
  ): number {
    return this.#routing.route(src, frame, isCurrent, at, bytesMax);
  }

  /**
   * Installs what is new in the list and ends what is not in it. Messages that an ended rule held are
   * released, and those that one delayed arrive at their time; with `drop`, all of them are dropped.
   * Returns what became of them. Throws BAD_RULE if one cannot be read; then nothing changes.
   */
  setRules(rules: readonly InstalledRuleData[], drop = false): InFlight {
    return this.#rules.set(rules, drop);
  }

  /** What is held on the links that `accepts` selects; of the messages the `limit` oldest. */
  held(accepts: AcceptsLink, limit: number): HeldMessages {
    return this.#delivery.held.list(accepts, limit, this.#now());
  }

  /**
   * Releases what is held on the links that `accepts` selects, and what rules that are gone have
   * delayed there; with `delayed` also what rules in force delay. Returns the number of copies.
   */
  release(accepts: AcceptsLink, delayed = false): number {
    return this.#delivery.release(accepts, delayed);
  }

  /**
   * Releases single messages, in the order given: `n1.1.345` every copy that is held or delayed,
   * `n1.1.345/1` that one. Returns the number of copies. Throws NOT_FOUND if one of them does not wait;
   * then none is released.
   */
  releaseMessages(ids: readonly string[]): number {
    return this.#delivery.releaseMessages(ids);
  }

  /** What the rules have done. Of the links of each, those on which it did most. */
  reports(): RuleStats[] {
    return this.#rules.reports();
  }

  stats(): RouterStats {
    const endpoints = [...this.#endpoints.values()];
    const backlogged = endpoints.reduce((sum, { inbox }) => sum + inbox.backlog.length, 0);
    return {
      messages: this.#routing.messages,
      waiting: this.#delivery.delayed + backlogged,
      held: this.#delivery.held.size,
      queuedBytes: queuedBytes(endpoints),
      residentBytes: process.memoryUsage.rss(),
      edges: edgeStats(endpoints),
      rules: this.reports(),
    };
  }

  /** Ends in order: what waits or is held goes down with the router, and the recording says so. */
  stop(): void {
    this.#rules.stop();
    this.#turn.end();
    this.#delivery.stop(this.#endpoints.values());
    this.#trace?.flush();
  }
}
