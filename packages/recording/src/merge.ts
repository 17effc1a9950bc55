/**
 * Puts the facts of several writers into one order: by time between writers, and for each writer in
 * the order in which it wrote them, whatever their times.
 */
import type { TraceEvent } from '@faultline/protocol';

/** Where a writer's facts come from, a batch at a time; undefined: there are no more. */
export type Source = () => Promise<TraceEvent[] | undefined>;

interface Head {
  readonly source: Source;
  /** By which equal times are ordered. */
  readonly number: number;
  events: TraceEvent[];
  at: number;
}

const batchFacts = 4096;

/** Facts in one order, some thousands at a time. */
export async function* merge(sources: readonly Source[]): AsyncGenerator<TraceEvent[]> {
  const heap: Head[] = [];
  for (const [number, source] of sources.entries()) {
    const events = await source();
    if (events !== undefined) push(heap, { source, number, events, at: 0 });
  }
  let batch: TraceEvent[] = [];
  while (heap.length > 0) {
    const head = pop(heap);
    const next = heap[0];
    // Facts of one writer come in runs: those before the next writer's go at once.
    do {
      batch.push(head.events[head.at++]!);
      if (head.at === head.events.length) break;
    } while (next === undefined || isBefore(head, next));
    if (batch.length >= batchFacts) {
      yield batch;
      batch = [];
    }
    if (head.at === head.events.length) {
      const events = await head.source();
      if (events === undefined) continue;
      head.events = events;
      head.at = 0;
    }
    push(heap, head);
  }
  if (batch.length > 0) yield batch;
}

function isBefore(a: Head, b: Head): boolean {
  const aMs = a.events[a.at]!.atMs;
  const bMs = b.events[b.at]!.atMs;
  return aMs < bMs || (aMs === bMs && a.number < b.number);
}

function push(heap: Head[], head: Head): void {
  let place = heap.push(head) - 1;
  while (place > 0) {
    const parent = (place - 1) >> 1;
    if (!isBefore(head, heap[parent]!)) break;
    heap[place] = heap[parent]!;
    place = parent;
  }
  heap[place] = head;
}

function pop(heap: Head[]): Head {
  const top = heap[0]!;
  const last = heap.pop()!;
  if (heap.length === 0) return top;
  let place = 0;
  for (;;) {
    let child = 2 * place + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
    if (!isBefore(heap[child]!, last)) break;
    heap[place] = heap[child]!;
    place = child;
  }
  heap[place] = last;
  return top;
}
