/** The copies that rules hold, oldest first. */
import { copyId, FaultlineError, type HeldMessages } from '@faultline/protocol';
import type { InFlightCopy } from './in-flight-copy.ts';

/** Selects links by their ends. */
export type AcceptsLink = (src: string, dest: string) => boolean;

/** Ids of held messages that an error names. */
const idsNamedMax = 5;

export class Held {
  #copies: InFlightCopy[] = [];

  get size(): number {
    return this.#copies.length;
  }

  add(copy: InFlightCopy): void {
    this.#copies.push(copy);
  }

  /** What is held on the links that `accepts` selects; of the messages the `limit` oldest. */
  list(accepts: AcceptsLink, limit: number, nowMs: number): HeldMessages {
    const held = this.#copies.filter(({ edge }) => accepts(edge.src.name, edge.dest.name));
    return {
      count: held.length,
      bytes: held.reduce((sum, { bytes }) => sum + bytes.length, 0),
      messages: held.slice(0, limit).map((copy) => ({
        id: copy.id,
        copy: copy.copy,
        src: copy.edge.src.name,
        dest: copy.edge.dest.name,
        type: copy.type,
        bodyBytes: copy.bodyBytes,
        rule: holderOf(copy),
        heldMs: Math.round(nowMs - copy.arrivedMs),
        stillDelayedMs: Math.max(0, Math.round(copy.dueMs - nowMs)),
      })),
    };
  }

  /** Removes and returns the copies that `isMeant` selects. */
  take(isMeant: (copy: InFlightCopy) => boolean): InFlightCopy[] {
    const taken: InFlightCopy[] = [];
    const left: InFlightCopy[] = [];
    for (const copy of this.#copies) (isMeant(copy) ? taken : left).push(copy);
    this.#copies = left;
    return taken;
  }

  /**
   * Copies of single messages, held or among `delayed`, in the order given: `n1.1.345` every copy that
   * waits, `n1.1.345/1` that one. Throws NOT_FOUND if one of them does not wait.
   */
  named(ids: readonly string[], delayed: readonly InFlightCopy[]): Set<InFlightCopy> {
    const waiting = byName([...this.#copies, ...delayed]);
    const unknown = ids.find((id) => !waiting.has(id));
    if (unknown !== undefined) throw this.#notHeld(unknown);
    return new Set(ids.flatMap((id) => waiting.get(id)!));
  }

  #notHeld(message: string): FaultlineError {
    const count = this.size;
    const named = this.#copies.slice(0, idsNamedMax).map(({ id, copy }) => copyId(id, copy));
    const more = count > idsNamedMax ? ` and ${count - idsNamedMax} more` : '';
    return new FaultlineError(
      'NOT_FOUND',
      `no message ${message} is held or delayed; held: ${named.join(', ') || 'none'}${more}. None was released`,
      { message, held: count },
    );
  }
}

function byName(copies: readonly InFlightCopy[]): Map<string, InFlightCopy[]> {
  const named = new Map<string, InFlightCopy[]>();
  for (const copy of copies) {
    const { id, copy: number } = copy;
    for (const name of number === 0 ? [id, `${id}/0`] : [id, copyId(id, number)]) {
      const same = named.get(name);
      if (same === undefined) named.set(name, [copy]);
      else same.push(copy);
    }
  }
  return named;
}

/** The rule that holds a copy: the last one that touched it. */
export function holderOf({ rules }: InFlightCopy): string {
  return rules.at(-1)!;
}
