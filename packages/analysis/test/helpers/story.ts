import type { ClusterEvent } from '@faultline/actions';
import { decide, RuleSet } from '@faultline/faults';
import {
  type Fate,
  type FateEvent,
  type HistoryEntry,
  messageId,
  type Stamps,
  type TraceEvent,
} from '@faultline/protocol';
import { buildRun, type Run } from '../../src/index.ts';
import { info } from './execution.ts';

/**
 * A handmade recording, as the router, with real rules, and the nodes would have written it. Each
 * message is received when due, 0.5 ms after its delivery; its sender's clock is `aheadMs` ahead.
 */
export class Story {
  readonly facts: TraceEvent[] = [];
  readonly events: ClusterEvent[] = [];
  readonly history: HistoryEntry[] = [];
  nowMs = info.epoch.trueMs + 1000;
  readonly #rules = new RuleSet(info.seed);
  readonly #seqs = new Map<string, number>();
  readonly #lamports = new Map<string, number>();
  readonly aheadMs = new Map<string, number>();

  rule(spec: object): string {
    const { id, expiresAtMs, installedAtMs } = this.#rules.add(spec, { nowMs: this.nowMs });
    const rule = { id, spec, atMs: this.nowMs, installedAtMs, expiresAtMs };
    this.facts.push({ kind: 'rule', change: 'added', ...rule });
    return id;
  }

  unlink(id: string): void {
    this.#rules.remove(id);
    this.facts.push({ kind: 'rule', change: 'removed', id, atMs: this.nowMs });
  }

  /** Returns the message's id. */
  send(
    src: string,
    dest: string,
    type: string,
    more: {
      msgId?: number;
      inReplyTo?: number;
      fate?: Fate;
      body?: object;
      did?: 'late reply';
      /** Replaces the rules that the decision names. */
      rules?: readonly string[];
      altered?: true;
    } = {},
  ): string {
    this.nowMs += 1;
    const { msgId, inReplyTo, fate: forced, body, did, altered } = more;
    const stamps = src.startsWith('c') ? undefined : this.#stamps(src, this.nowMs);
    const seq = (this.#seqs.get(src) ?? 0) + 1;
    this.#seqs.set(src, seq);
    const isReply = inReplyTo !== undefined;
    const edge = this.#rules.edge(src, dest);
    const arrivedMs = this.nowMs + 0.25;
    const verdict = decide(edge, { type, isReply, bodyBytes: 100 }, arrivedMs);
    const id = messageId(src, 1, seq);
    const base: FateEvent = {
      kind: 'fate',
      ...{ id, src, dest, type, isReply, incarnation: 1, seq },
      ...(msgId === undefined ? {} : { msgId }),
      ...(inReplyTo === undefined ? {} : { inReplyTo }),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(altered === undefined ? {} : { altered }),
      copy: 0,
      fate: 'delivered',
      rules: [],
      ordinal: edge.ordinal,
      bodyBytes: 100,
      arrivedMs,
      atMs: arrivedMs,
      ...(stamps === undefined ? {} : { stamps }),
    };
    const copies = verdict ?? [{ outcome: 'deliver' as const, delayMs: 0, rules: [] }];
    const due: { readonly atMs: number; readonly event: FateEvent }[] = [];
    for (const [copy, { outcome, delayMs, rules }] of copies.entries()) {
      const event = { ...base, copy, rules: more.rules ?? rules };
      if (forced !== undefined) this.facts.push({ ...event, fate: forced });
      else if (outcome !== 'deliver') this.facts.push({ ...event, fate: outcome });
      else {
        if (delayMs > 0) this.facts.push({ ...event, fate: 'waiting' });
        due.push({ atMs: arrivedMs + delayMs, event });
      }
    }
    for (const { atMs, event } of due.sort((a, b) => a.atMs - b.atMs)) {
      this.facts.push({ ...event, fate: 'delivered', atMs });
      this.nowMs = Math.max(this.nowMs, atMs + 0.5);
      if (dest.startsWith('c')) continue;
      const stamps = this.#stamps(dest, atMs + 0.5);
      const by = { node: dest, incarnation: 1, id, atMs: atMs + 0.5 };
      this.facts.push({
        kind: 'receive',
        ...by,
        did: did ?? (isReply ? 'settled' : 'handled'),
        stamps,
      });
    }
    return id;
  }

  handled(
    node: string,
    id: string,
    outcome: 'replied' | 'nothing' | 'threw',
    error?: string,
  ): void {
    this.nowMs += 1;
    this.facts.push({
      kind: 'handled',
      ...{ node, incarnation: 1, id, outcome, atMs: this.nowMs },
      ...(error === undefined ? {} : { error }),
    });
  }

  event(kind: string, node: string | null, facts: Record<string, unknown> = {}): void {
    const atMs = this.nowMs - info.epoch.trueMs;
    const time = new Date(info.epoch.wallMs + atMs).toISOString();
    const seq = this.events.length + 1;
    this.events.push({ seq, atMs, time, kind, node, facts } as ClusterEvent);
  }

  run(): Run {
    return buildRun(
      { run: info, facts: this.facts, events: this.events, history: this.history },
      { keepVectors: true },
    );
  }

  #stamps(node: string, trueMs: number): Stamps {
    const lamport = (this.#lamports.get(node) ?? 0) + 1;
    this.#lamports.set(node, lamport);
    const wallMs = info.epoch.wallMs + (trueMs - info.epoch.trueMs) + (this.aheadMs.get(node) ?? 0);
    return { wallMs, trueMs, lamport, hybridMs: Math.floor(wallMs), hybridCounter: 0 };
  }
}
