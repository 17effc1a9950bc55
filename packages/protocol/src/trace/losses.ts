/**
 * What a recording says between its lines. A router that was killed could not write what became of
 * the messages it held, nor of those that were on their way to it; the next router's records tell.
 *
 * - A copy that waited when a router process began went down with the one before.
 * - A sender that joins says how many messages it has sent: those after the last one that was seen
 *   never reached a router.
 */

import { messageId } from '../wire/envelope.ts';
import type { FateEvent, LinkEvent, TraceEvent } from './record.ts';

/** Numbers that are missing are listed one by one up to here; a longer gap is only a count. */
const gapMax = 10_000;

export class LossFinder {
  readonly #unfinished = new Map<string, FateEvent>();
  readonly #lastSeq = new Map<string, number>();

  /** Takes the events of a run in order. Returns the fates that follow from this one. */
  next(event: TraceEvent): FateEvent[] {
    switch (event.kind) {
      case 'fate':
        this.#see(event);
        return [];
      case 'start':
        return this.#routerBegan(event.atMs);
      case 'link':
        return event.up ? this.#joined(event) : [];
    }
  }

  #see(event: FateEvent): void {
    const sender = `${event.src}.${event.incarnation}`;
    if (event.seq > (this.#lastSeq.get(sender) ?? 0)) this.#lastSeq.set(sender, event.seq);
    const copy = `${event.id}/${event.copy}`;
    if (event.fate === 'waiting' || event.fate === 'held') this.#unfinished.set(copy, event);
    else this.#unfinished.delete(copy);
  }

  #routerBegan(atMs: number): FateEvent[] {
    const lost = [...this.#unfinished.values()].map(
      (event): FateEvent => ({ ...event, fate: 'router down', atMs }),
    );
    this.#unfinished.clear();
    return lost;
  }

  #joined({ name, incarnation, seq, atMs }: LinkEvent): FateEvent[] {
    const sender = `${name}.${incarnation}`;
    const last = this.#lastSeq.get(sender) ?? 0;
    this.#lastSeq.set(sender, Math.max(last, seq));
    const missing: FateEvent[] = [];
    for (let lost = Math.max(last + 1, seq - gapMax); lost <= seq; lost++) {
      missing.push({
        kind: 'fate',
        id: messageId(name, incarnation, lost),
        src: name,
        dest: '?',
        type: '?',
        isReply: false,
        incarnation,
        seq: lost,
        copy: 0,
        fate: 'router down',
        rules: [],
        ordinal: 0,
        bodyBytes: 0,
        arrivedMs: atMs,
        atMs,
      });
    }
    return missing;
  }
}
