/**
 * A node in a crash loop gets a line whenever the number of crashes doubles (1, 2, 4, 8 …) and not one
 * for each crash. Everything else passes. The recording has every crash.
 */
import type { ClusterEvent } from '@faultline/actions';

/** Of a crash: the number of crashes in a row, for the same reason. */
export type ShownEvent = ClusterEvent & { readonly inARow?: number };

interface Loop {
  readonly reason: string;
  count: number;
  isShown: boolean;
}

export class CrashLoops {
  readonly #loops = new Map<string, Loop>();

  /** The event, perhaps with a count; undefined if it is not to be shown. */
  take(event: ClusterEvent): ShownEvent | undefined {
    const { kind, node } = event;
    if (node === null) return event;
    const loop = this.#loops.get(node);
    if (kind === 'node.crashed') return this.#crashed(event, loop);
    if (kind === 'node.restarting') return loop?.isShown === false ? undefined : event;
    // It got further than before: the next crash is news.
    if (kind === 'node.ready') this.#loops.delete(node);
    return event;
  }

  #crashed(event: ClusterEvent<'node.crashed'>, loop: Loop | undefined): ShownEvent | undefined {
    const { reason } = event.facts;
    if (loop === undefined || loop.reason !== reason) {
      this.#loops.set(event.node, { reason, count: 1, isShown: true });
      return event;
    }
    loop.count++;
    loop.isShown = Number.isInteger(Math.log2(loop.count));
    return loop.isShown ? { ...event, inARow: loop.count } : undefined;
  }
}
