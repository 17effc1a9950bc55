import { isBelievableCount } from './count.ts';
import type { VectorTime } from './vector.ts';

/**
 * The vector clock that a node carries: the same time as in vector.ts, changed in place.
 *
 * Every id gets a slot when it is first heard of and keeps it, so a codec writes the clock by
 * counting slots, and nothing is allocated for a message between nodes that know each other:
 *
 *     for (let slot = 0; slot < clock.size; slot++) write(clock.idAt(slot), clock.countAt(slot));
 *
 * Sending and receiving are events too: `tick()` before writing the stamp of a message,
 * `observe(stamp)` when one arrives. Counts that no honest clock can have produced (see count.ts)
 * are passed over.
 */
export class VectorClock {
  readonly id: string;

  readonly #slots = new Map<string, number>();
  readonly #ids: string[] = [];
  /** `#counts[slot]` belongs to `#ids[slot]`. Counts only grow. Slot 0 is the node's own. */
  readonly #counts: number[] = [];

  readonly #admits: (id: string) => boolean;

  /**
   * @param known where to resume, for a node that kept its clock on disk
   * @param admits asked of each id that is new: entries of one that is not admitted are passed over
   */
  constructor(id: string, known: VectorTime = {}, admits: (id: string) => boolean = () => true) {
    this.id = id;
    this.#admits = admits;
    this.#newSlot(id);
    this.#merge(known);
  }

  /** How many ids are known, the own one included. */
  get size(): number {
    return this.#ids.length;
  }

  /** The id in a slot, 0 ≤ slot < size. */
  idAt(slot: number): string {
    return this.#ids[slot]!;
  }

  /** The count in a slot, 0 ≤ slot < size. */
  countAt(slot: number): number {
    return this.#counts[slot]!;
  }

  /** How many events of node `id` this node knows of; 0 when it has never heard of it. */
  count(id: string): number {
    const slot = this.#slots.get(id);
    return slot === undefined ? 0 : this.#counts[slot]!;
  }

  /** A local event, or a send: returns the own count. */
  tick(): number {
    const own = this.#counts[0]! + 1;
    this.#counts[0] = own;
    return own;
  }

  /** Undoes the last `tick`, of an event that did not happen. Only before its count has gone anywhere. */
  takeBack(): void {
    this.#counts[0] = this.#counts[0]! - 1;
  }

  /** The receipt of a message stamped `remote`: takes over what it knows, and ticks. */
  observe(remote: VectorTime): number {
    this.#merge(remote);
    return this.tick();
  }

  /**
   * One entry of a received stamp, for a codec that reads entries without building an object.
   * Not an event: call `tick()` after the last entry.
   */
  learn(id: string, count: number): void {
    if (!isBelievableCount(count)) return;
    const known = this.#slots.get(id);
    if (known === undefined && !this.#admits(id)) return;
    const slot = known ?? this.#newSlot(id);
    if (count > this.#counts[slot]!) this.#counts[slot] = count;
  }

  /** A copy to keep, compare or send as JSON. It has no prototype, so that any id is safe in it. */
  snapshot(): Record<string, number> {
    const time = Object.create(null) as Record<string, number>;
    for (let slot = 0; slot < this.size; slot++) time[this.idAt(slot)] = this.countAt(slot);
    return time;
  }

  #merge(time: VectorTime): void {
    // `for in` rather than `Object.keys`, which would allocate an array for each message.
    for (const id in time) {
      if (Object.hasOwn(time, id)) this.learn(id, time[id] as number);
    }
  }

  #newSlot(id: string): number {
    const slot = this.#ids.length;
    this.#slots.set(id, slot);
    this.#ids.push(id);
    this.#counts.push(0);
    return slot;
  }
}
