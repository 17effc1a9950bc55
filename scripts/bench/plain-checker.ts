/**
 * A plain implementation of the algorithm of the Porcupine checker, as the baseline for our own.
 *
 * J. Wing & C. Gong's search with G. Lowe's cache, over a list of calls and returns: lift out a call
 * and its return where the model allows it and the configuration is new; at a return that was not
 * lifted, go back. Parts one after another.
 */

export interface PlainCall {
  readonly process: string;
  readonly f: string;
  readonly key?: string | number;
  readonly input: unknown;
  readonly output: unknown;
  readonly isUnknown: boolean;
  readonly callMs: number;
  /** Infinity: at the end of all. */
  readonly returnMs: number;
}

export interface PlainModel<State> {
  readonly init: State;
  /** Undefined: not possible. */
  step(state: State, call: PlainCall): State | undefined;
}

interface Entry {
  readonly call: PlainCall;
  readonly id: number;
  /** Of a call its return; null for a return. */
  readonly match: Entry | null;
  previous: Entry | null;
  next: Entry | null;
}

export function plainCheck<State>(calls: readonly PlainCall[], model: PlainModel<State>): boolean {
  const parts = new Map<unknown, PlainCall[]>();
  for (const call of calls) {
    const part = parts.get(call.key) ?? [];
    part.push(call);
    parts.set(call.key, part);
  }
  return [...parts.values()].every((part) => checkPart(part, model));
}

function checkPart<State>(calls: readonly PlainCall[], model: PlainModel<State>): boolean {
  const head = listOf(calls);
  const linearized = new Int32Array((calls.length + 31) >> 5);
  const cache = new Map<number, { bits: Int32Array; state: State }[]>();
  const stack: { entry: Entry; state: State }[] = [];
  let state = model.init;
  let entry = head.next;
  while (head.next !== null) {
    if (entry!.match === null) {
      const last = stack.pop();
      if (last === undefined) return false;
      state = last.state;
      linearized[last.entry.id >> 5]! &= ~(1 << (last.entry.id & 31));
      unlift(last.entry);
      entry = last.entry.next;
      continue;
    }
    const next = model.step(state, entry!.call);
    if (next !== undefined) {
      const bits = linearized.slice();
      bits[entry!.id >> 5]! |= 1 << (entry!.id & 31);
      const hash = hashOf(bits);
      const known = cache.get(hash) ?? [];
      if (!known.some((one) => one.state === next && same(one.bits, bits))) {
        known.push({ bits, state: next });
        cache.set(hash, known);
        stack.push({ entry: entry!, state });
        state = next;
        linearized.set(bits);
        lift(entry!);
        entry = head.next;
        continue;
      }
    }
    entry = entry!.next;
  }
  return true;
}

function listOf(calls: readonly PlainCall[]): Entry {
  const points = calls.flatMap((call, id) => {
    const end: Entry = { call, id, match: null, previous: null, next: null };
    const start: Entry = { call, id, match: end, previous: null, next: null };
    return [
      { atMs: call.callMs, isReturn: false, entry: start },
      { atMs: call.returnMs, isReturn: true, entry: end },
    ];
  });
  points.sort((a, b) =>
    a.atMs === b.atMs ? Number(a.isReturn) - Number(b.isReturn) : a.atMs < b.atMs ? -1 : 1,
  );
  const head: Entry = { call: calls[0]!, id: -1, match: null, previous: null, next: null };
  let last = head;
  for (const { entry } of points) {
    last.next = entry;
    entry.previous = last;
    last = entry;
  }
  return head;
}

function lift(entry: Entry): void {
  for (const one of [entry, entry.match!]) {
    one.previous!.next = one.next;
    if (one.next !== null) one.next.previous = one.previous;
  }
}

function unlift(entry: Entry): void {
  for (const one of [entry.match!, entry]) {
    one.previous!.next = one;
    if (one.next !== null) one.next.previous = one;
  }
}

function hashOf(bits: Int32Array): number {
  let hash = 0;
  for (const word of bits) {
    hash = Math.imul(hash ^ word, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash;
}

function same(a: Int32Array, b: Int32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
