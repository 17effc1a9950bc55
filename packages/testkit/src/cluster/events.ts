/** The past events of a cluster, and waits for future ones. */
import { type ClusterEvent, isByNode } from '@faultline/actions';
import { FaultlineError, parseDuration } from '@faultline/protocol';

export interface EventWait {
  /** How long to wait; default 10s. */
  readonly within?: string;
  /** Only events after this one, or after the one with this number (default: all events). */
  readonly after?: ClusterEvent | number;
}

export interface UntilOptions {
  /** How long to wait; default 10s. */
  readonly within?: string;
  /** What the wait is for, for the error message. */
  readonly what?: string;
}

export interface WatchOptions extends UntilOptions {
  /**
   * Called if the condition held after a wait, with the node's event right before it, or null if there was
   * none.
   */
  readonly onEnd?: (event: ClusterEvent | null) => void;
}

export const withinDefault = '10s';
const pollMsMin = 2;
const pollMsMax = 50;

export class Events {
  readonly #past: ClusterEvent[] = [];
  readonly #listeners = new Set<(event: ClusterEvent) => void>();

  readonly record = (event: ClusterEvent): void => {
    this.#past.push(event);
    for (const listener of this.#listeners) listener(event);
  };

  get past(): readonly ClusterEvent[] {
    return this.#past;
  }

  /**
   * Resolves with the first matching event, past or future. Throws WAIT_TIMED_OUT, whose message has the
   * events that the filter rejected, or else the kinds of the other events.
   */
  async first(
    kind: string,
    accepts: (event: ClusterEvent) => boolean,
    { within = withinDefault, after = 0 }: EventWait = {},
  ): Promise<ClusterEvent> {
    const afterSeq = typeof after === 'number' ? after : after.seq;
    const fits = (event: ClusterEvent): boolean =>
      event.seq > afterSeq && isOfKind(event, kind) && accepts(event);
    const known = this.#past.find(fits);
    if (known !== undefined) return known;
    const waitMs = parseDuration(within);
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(listener);
      };
      const listener = (event: ClusterEvent): void => {
        if (!fits(event)) return;
        end();
        resolve(event);
      };
      const timer = setTimeout(() => {
        end();
        const seen = this.#past.filter(({ seq }) => seq > afterSeq);
        const rejected = seen.filter((event) => isOfKind(event, kind));
        const details =
          rejected.length > 0 ? rejectedInWords(rejected) : `other events: ${kindsOf(seen)}`;
        reject(waitTimedOut(`the event ${kind}`, within, details));
      }, waitMs);
      this.#listeners.add(listener);
    });
  }

  /** Resolves with the first truthy value. Throws WAIT_TIMED_OUT. */
  async until<T>(
    condition: () => T | Promise<T>,
    { within = withinDefault, what = 'a condition', onEnd }: WatchOptions = {},
  ): Promise<NonNullable<T>> {
    const endMs = performance.now() + parseDuration(within);
    let pollMs = pollMsMin;
    let latest: ClusterEvent | null = null;
    let isFirst = true;
    for (;;) {
      let failure: unknown;
      try {
        const value = await condition();
        if (value) {
          // A condition that held at once was not waited for.
          if (!isFirst) onEnd?.(latest !== null && isByNode(latest.kind) ? latest : null);
          return value;
        }
      } catch (thrown) {
        failure = thrown;
      }
      const leftMs = endMs - performance.now();
      if (leftMs <= 0) {
        const last =
          failure instanceof Error
            ? `the last attempt failed: ${failure.message}`
            : 'the condition never held';
        throw waitTimedOut(what, within, last, failure);
      }
      isFirst = false;
      latest = await this.#next(Math.min(pollMs, leftMs));
      pollMs = Math.min(pollMsMax, 2 * pollMs);
    }
  }

  /** Resolves with the next event, or with null after `waitMs` without one. */
  #next(waitMs: number): Promise<ClusterEvent | null> {
    return new Promise((resolve) => {
      const end = (event: ClusterEvent | null): void => {
        clearTimeout(timer);
        this.#listeners.delete(end);
        resolve(event);
      };
      const timer = setTimeout(() => end(null), waitMs);
      this.#listeners.add(end);
    });
  }
}

/** `wanted` is an event kind such as `node.ready`, or the name of an event that a program reports. */
function isOfKind({ kind, facts }: ClusterEvent, wanted: string): boolean {
  return kind === wanted || (kind === 'program.event' && facts.name === wanted);
}

export function waitTimedOut(
  what: string,
  within: string,
  details: string,
  cause?: unknown,
): FaultlineError {
  return new FaultlineError(
    'WAIT_TIMED_OUT',
    `timed out after ${within} waiting for ${what}; ${details}`,
    { what, within },
    { cause },
  );
}

const rejectedMax = 3;

/** The last events that a test's filter rejected. */
function rejectedInWords(rejected: readonly ClusterEvent[]): string {
  const last = rejected.slice(-rejectedMax).map(({ seq, node, facts }) => {
    const by = node === null ? '' : ` from ${node}`;
    return `#${seq}${by} ${JSON.stringify(facts)}`;
  });
  const { length } = rejected;
  const shown = length > last.length ? `, the last ${last.length} of them` : '';
  const count = length === 1 ? 'one event' : `all ${length} events`;
  return `the filter rejected ${count}${shown}: ${last.join(', ')}`;
}

function kindsOf(events: readonly ClusterEvent[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of events) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const kinds = [...counts].map(([kind, count]) => (count === 1 ? kind : `${count} × ${kind}`));
  return kinds.length === 0 ? 'none' : kinds.join(', ');
}
