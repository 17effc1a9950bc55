/**
 * The search for a linearization, of the operations of one part of a history.
 *
 * J. Wing & C. Gong, "Testing and verifying concurrent objects", JPDC 17, 1993, and G. Lowe, "Testing
 * for linearizability", Concurrency and Computation 29(4), 2017: depth first, with the
 * configurations that were seen kept and compared exactly (Lowe's section 3), and operations
 * linearized *just in time* (his section 5), which is when one of them is about to return: then some
 * sequence of pending operations that ends with it has to be possible. So a configuration is no
 * more than the state and which pending operations are done.
 *
 * What is new beside the papers cuts the search without changing its answer:
 *
 * - A read is done as soon as the state answers it so. It changes nothing, and to have done it can
 *   only help.
 * - Of pending operations that are answered alike, the one that returns first is done first; open
 *   ones come last. Any linearization can be put so by exchanging them.
 * - A configuration that another dominates is dropped; see configurations.ts.
 * - If doing x and then the returning r comes to the same as r and then x, x can wait.
 * - A returning r that changes places with whatever is pending is done first, unless a read waits.
 * - A model may see that a state is hopeless for a read that is not done yet.
 * - An optional operation that takes no effect waits until it returns: then it can still take effect.
 *
 * The search can be suspended at any time and resumed, so several searches can take turns.
 */
import type { Model } from '../models/model.ts';
import type { Operation } from '../operation.ts';
import { Configurations } from './configurations.ts';
import { isOptional } from './optional.ts';
import { impossible, States } from './states.ts';
import { type Timeline, timelineOf } from './timeline.ts';

/** What one part of a state takes, roughly. */
const bytesOfWeight = 32;

/** A step of the search: `via` was done from the configuration `parent`, or nothing was. */
interface Reached {
  readonly parent: number;
  readonly via: number;
  readonly event: number;
  readonly state: number;
}

/** One return on the way: configurations that have yet to do it, and those that have moved past it. */
interface Frame {
  /** All of one event. */
  readonly waiting: number[];
  nextWaiting: number;
  /** Of later events; their returns are not done. */
  readonly onward: number[];
  nextOnward: number;
}

export class Search {
  readonly timeline: Timeline;
  readonly states: States;
  readonly #model: Model;
  readonly #configurations: Configurations;
  readonly #frames: Frame[] = [];
  /** Marks the classes that were tried from one configuration. */
  readonly #tried: Int32Array;
  #mark = 0;
  /** Which operations are optional; undefined if none is. */
  readonly #optional: Uint8Array | undefined;
  /** For each event whether its operation goes first: 0 not known yet, 1 yes, 2 no. */
  readonly #first: Int8Array;
  readonly #bits: Int32Array;
  readonly #next: Int32Array;
  readonly #other: Int32Array;
  /** The event that the furthest configuration waits for. */
  #furthest = -1;
  #last = -1;
  /** How the end was reached, if it was: from which configuration, and by which operation. */
  #end: Reached | undefined;
  #steps = 0;
  #outcome: 'ok' | 'violated' | undefined;

  constructor(operations: readonly Operation[], model: Model) {
    this.#model = model;
    this.timeline = timelineOf(operations, model);
    this.states = new States(model, this.timeline.classes);
    this.#configurations = new Configurations(this.timeline);
    this.#tried = new Int32Array(this.timeline.classes.length);
    this.#first = new Int8Array(this.timeline.returns.length);
    const { operations: own } = this.timeline;
    if (own.some(isOptional)) this.#optional = Uint8Array.from(own, (one) => +isOptional(one));
    this.#bits = new Int32Array(this.#configurations.words);
    this.#next = new Int32Array(this.#configurations.words);
    this.#other = new Int32Array(this.#configurations.words);
    const frame = this.#pushFrame();
    this.#arrive(0, this.states.initial, this.#next, -1, -1, frame);
  }

  /** Undefined while it is not known. */
  get outcome(): 'ok' | 'violated' | undefined {
    return this.#outcome;
  }

  /** How often an operation was tried in a state, or two configurations compared; and new states. */
  get steps(): number {
    return this.#steps + this.#configurations.comparisons + this.states.weight;
  }

  get configurations(): number {
    return this.#configurations.count;
  }

  get bytes(): number {
    return this.#configurations.bytes + this.states.weight * bytesOfWeight;
  }

  /** Searches on, about `steps` steps. */
  run(steps: number): void {
    const end = this.steps + steps;
    while (this.#outcome === undefined && this.steps < end) {
      const frame = this.#frames.at(-1);
      if (frame === undefined) this.#outcome = 'violated';
      else if (frame.nextOnward < frame.onward.length) {
        const onward = frame.onward[frame.nextOnward++]!;
        this.#pushFrame().waiting.push(onward);
      } else if (frame.nextWaiting < frame.waiting.length) {
        this.#expand(frame.waiting[frame.nextWaiting++]!, frame);
      } else this.#frames.pop();
    }
  }

  #pushFrame(): Frame {
    const frame: Frame = { waiting: [], nextWaiting: 0, onward: [], nextOnward: 0 };
    this.#frames.push(frame);
    return frame;
  }

  /** Does each pending change that can come next before the awaited return. */
  #expand(configuration: number, frame: Frame): void {
    const { changes, classOf, slotOf, open, openCount } = this.timeline;
    const event = this.#configurations.eventOf(configuration);
    const offset = this.#configurations.slotWords << 5;
    this.#configurations.copyBits(configuration, this.#bits);
    this.#mark += 1;
    const returning = this.timeline.returns[event]!;
    if (this.#goesFirst(event) && !this.#hasWaitingRead(event)) {
      this.#try(configuration, event, returning, slotOf[returning]!, frame);
      return;
    }
    const end = changes.starts[event + 1]!;
    for (let i = changes.starts[event]!; i < end; i++) {
      const operation = changes.items[i]!;
      const slot = slotOf[operation]!;
      if (hasBit(this.#bits, slot) || this.#isTried(classOf[operation]!)) continue;
      this.#try(configuration, event, operation, slot, frame);
      if (this.#outcome !== undefined) return;
    }
    for (let slot = 0; slot < openCount[event]!; slot++) {
      const operation = open[slot]!;
      if (hasBit(this.#bits, offset + slot) || this.#isTried(classOf[operation]!)) continue;
      this.#try(configuration, event, operation, offset + slot, frame);
      if (this.#outcome !== undefined) return;
    }
  }

  /** Whether what returns at the event is a change that commutes with all that is pending then. */
  #goesFirst(event: number): boolean {
    const { commutes } = this.#model;
    if (commutes === undefined) return false;
    if (this.#first[event] === 0) {
      const { operations, returns, changes, open, openCount } = this.timeline;
      const returning = operations[returns[event]!]!;
      const pending = changes.items.subarray(changes.starts[event], changes.starts[event + 1]);
      const others = [...pending, ...open.subarray(0, openCount[event])];
      const isFirst =
        pending.includes(returns[event]!) &&
        others.every((other) => commutes(returning, operations[other]!));
      this.#first[event] = isFirst ? 1 : 2;
    }
    return this.#first[event] === 1;
  }

  #hasWaitingRead(event: number): boolean {
    const { reads, slotOf } = this.timeline;
    for (let i = reads.starts[event]!; i < reads.starts[event + 1]!; i++) {
      if (!hasBit(this.#bits, slotOf[reads.items[i]!]!)) return true;
    }
    return false;
  }

  #isTried(operationClass: number): boolean {
    if (this.#tried[operationClass] === this.#mark) return true;
    this.#tried[operationClass] = this.#mark;
    return false;
  }

  #try(from: number, event: number, operation: number, bit: number, frame: Frame): void {
    this.#steps += 1;
    const state = this.#configurations.stateOf(from);
    const next = this.states.next(state, this.timeline.classOf[operation]!);
    if (next === impossible) return;
    if (next >= 0) {
      this.#reach(from, event, operation, bit, next, frame, true);
      return;
    }
    for (const choice of this.states.choicesOf(next)) {
      this.#reach(from, event, operation, bit, choice, frame, false);
      if (this.#outcome !== undefined) return;
    }
  }

  #reach(
    from: number,
    event: number,
    operation: number,
    bit: number,
    state: number,
    frame: Frame,
    isOnly: boolean,
  ): void {
    const bits = this.#next;
    const returning = this.timeline.returns[event]!;
    const isSame = state === this.#configurations.stateOf(from);
    if (isSame && operation !== returning && this.#optional?.[operation] === 1) return;
    bits.set(this.#bits);
    setBit(bits, bit);
    if (!isSame) {
      this.#doReads(this.timeline.reads, event, state, bits);
      if (this.#isHopeless(event, state, bits)) return;
    }
    const slot = this.timeline.slotOf[returning]!;
    if (!hasBit(bits, slot)) {
      const added = this.#configurations.add(event, state, bits, from, operation);
      if (added >= 0) frame.waiting.push(added);
      return;
    }
    if (isOnly && operation === returning && this.#couldWait(from, event, operation, state)) return;
    clearBit(bits, slot);
    this.#arrive(event + 1, state, bits, from, operation, frame);
  }

  /** Enters the first event from `event` on whose return is not done yet. */
  #arrive(
    event: number,
    state: number,
    bits: Int32Array,
    parent: number,
    via: number,
    frame: Frame,
  ): void {
    const { returns, slotOf, newReads } = this.timeline;
    let at = event;
    for (; at < returns.length; at++) {
      this.#doReads(newReads, at, state, bits);
      const slot = slotOf[returns[at]!]!;
      if (!hasBit(bits, slot)) break;
      clearBit(bits, slot);
    }
    if (at === returns.length) {
      this.#outcome = 'ok';
      this.#furthest = at;
      this.#end = { parent, via, event: at - 1, state };
      return;
    }
    const added = this.#configurations.add(at, state, bits, parent, via);
    if (added < 0) return;
    if (at > this.#furthest) {
      this.#furthest = at;
      this.#last = added;
    }
    frame.onward.push(added);
  }

  /** Does those of the reads that the state answers as they were answered. */
  #doReads(
    { starts, items }: Timeline['reads'],
    event: number,
    state: number,
    bits: Int32Array,
  ): void {
    const { classOf, slotOf } = this.timeline;
    const end = starts[event + 1]!;
    for (let i = starts[event]!; i < end; i++) {
      const read = items[i]!;
      const slot = slotOf[read]!;
      if (hasBit(bits, slot)) continue;
      this.#steps += 1;
      if (this.states.next(state, classOf[read]!) === state) setBit(bits, slot);
    }
  }

  #isHopeless(event: number, state: number, bits: Int32Array): boolean {
    const { isHopeless } = this.#model;
    if (isHopeless === undefined) return false;
    const { operations, nextRead, awaited, slotOf } = this.timeline;
    const value = this.states.valueOf(state);
    const next = nextRead[event]!;
    if (next >= 0 && isHopeless(value, operations[next]!)) return true;
    for (let i = awaited.starts[event]!; i < awaited.starts[event + 1]!; i++) {
      const pending = awaited.items[i]!;
      if (!hasBit(bits, slotOf[pending]!) && isHopeless(value, operations[pending]!)) return true;
    }
    return false;
  }

  /**
   * Whether the change y before the returning r could as well come after it: then the configuration
   * before y, when it does r, comes to all that this one does. `#next` holds what was done with y
   * first.
   */
  #couldWait(from: number, event: number, returning: number, state: number): boolean {
    const before = this.#configurations.parentOf(from);
    if (before < 0 || this.#configurations.eventOf(before) !== event) return false;
    const { classOf, reads } = this.timeline;
    const y = this.#configurations.viaOf(from);
    const first = this.states.next(this.#configurations.stateOf(before), classOf[returning]!);
    if (first < 0 || this.states.next(first, classOf[y]!) !== state) return false;
    this.#steps += 2;
    this.#configurations.copyBits(before, this.#other);
    this.#doReads(reads, event, first, this.#other);
    this.#doReads(reads, event, state, this.#other);
    return this.#configurations.coversReads(event, this.#other, this.#next);
  }

  /** The return that no configuration got past. */
  get furthestReturn(): Operation | undefined {
    const position = this.timeline.returns[this.#furthest];
    return position === undefined ? undefined : this.timeline.operations[position];
  }

  /** How many returns come before it. */
  get returnsBefore(): number {
    return this.#furthest;
  }

  /** The configurations that wait for the furthest return, in the order in which they were found. */
  *furthest(): Generator<FurthestConfiguration> {
    for (let one = 0; one < this.#configurations.count; one++) {
      if (this.#configurations.eventOf(one) !== this.#furthest) continue;
      const state = this.states.valueOf(this.#configurations.stateOf(one));
      yield { state, changesBack: () => this.#changesBack(one) };
    }
  }

  /** What changed the state on the way to a configuration, the last first. */
  *#changesBack(configuration: number): Generator<Operation> {
    for (let at = configuration; ; ) {
      const parent = this.#configurations.parentOf(at);
      if (parent < 0) return;
      if (this.#configurations.stateOf(parent) !== this.#configurations.stateOf(at)) {
        yield this.timeline.operations[this.#configurations.viaOf(at)]!;
      }
      at = parent;
    }
  }

  /** What changes the state in the order. */
  changes(): Operation[] {
    const path = this.#path();
    return path.flatMap(({ via, state }, step) =>
      via < 0 || state === path[step - 1]?.state ? [] : [this.timeline.operations[via]!],
    );
  }

  /** The way to the end, or to the configuration that first came to the furthest return. */
  #path(): Reached[] {
    const path: Reached[] = this.#end === undefined ? [] : [this.#end];
    for (let at = this.#end?.parent ?? this.#last; at >= 0; ) {
      const parent = this.#configurations.parentOf(at);
      path.push({
        parent,
        via: this.#configurations.viaOf(at),
        event: this.#configurations.eventOf(at),
        state: this.#configurations.stateOf(at),
      });
      at = parent;
    }
    return path.reverse();
  }

  /** An order in which everything up to that return is linearizable; of all, if all is. */
  order(): Operation[] {
    const { classOf, operations, reads, newReads } = this.timeline;
    const order: Operation[] = [];
    const done = new Set<number>();
    const doReads = ({ starts, items }: Timeline['reads'], event: number, state: number): void => {
      for (let i = starts[event]!; i < starts[event + 1]!; i++) {
        const read = items[i]!;
        if (done.has(read) || this.states.next(state, classOf[read]!) !== state) continue;
        done.add(read);
        order.push(operations[read]!);
      }
    };
    let event = 0;
    for (const { via, state, ...reached } of this.#path()) {
      if (via >= 0) {
        done.add(via);
        order.push(operations[via]!);
        doReads(reads, event, state);
      } else doReads(newReads, 0, state);
      while (event < reached.event) doReads(newReads, ++event, state);
    }
    return order;
  }
}

interface FurthestConfiguration {
  readonly state: unknown;
  readonly changesBack: () => Generator<Operation>;
}

const hasBit = (bits: Int32Array, bit: number): boolean =>
  (bits[bit >> 5]! & (1 << (bit & 31))) !== 0;
function setBit(bits: Int32Array, bit: number): void {
  bits[bit >> 5]! |= 1 << (bit & 31);
}
function clearBit(bits: Int32Array, bit: number): void {
  bits[bit >> 5]! &= ~(1 << (bit & 31));
}
