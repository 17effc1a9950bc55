/** Throttled reports to the supervisor, few enough for the channel between it and the node. */

import type { UnsentReason } from '@faultline/link';
import type { Facts, FromNode } from '@faultline/protocol';

export interface Channel {
  readonly notify: (message: FromNode) => void;
  readonly trueNow: () => number;
  /** A timer of true time. */
  readonly later: (run: () => void, ms: number) => unknown;
}

const rangeMs = 100;
/** Facts that one node may put into the recording in a second; beyond that they are dropped. */
const eventsPerSecondMax = 1000;
const badSignaturesMs = 1000;
/** Sources may be made up. */
const sourcesMax = 1000;

/** Collects the numbers of messages that never left, and reports them range by range. */
export function unsentReporter({
  notify,
  later,
}: Channel): (seq: number, reason: UnsentReason) => void {
  let range: { reason: UnsentReason; firstSeq: number; lastSeq: number } | undefined;
  let isFlushPending = false;
  const flush = (): void => {
    if (range === undefined) return;
    const { reason, firstSeq, lastSeq } = range;
    range = undefined;
    notify({ from: 'unsent', reason, count: lastSeq - firstSeq + 1, firstSeq, lastSeq });
  };
  const onTime = (): void => {
    isFlushPending = false;
    flush();
  };
  return (seq, reason) => {
    if (range?.reason === reason && range.lastSeq + 1 === seq) {
      range.lastSeq = seq;
      return;
    }
    flush();
    range = { reason, firstSeq: seq, lastSeq: seq };
    if (isFlushPending) return;
    isFlushPending = true;
    later(onTime, rangeMs);
  };
}

/** Reports the first failure of a disk in every second, and how many were not reported before it. */
export function diskFailureReporter({
  notify,
  trueNow,
}: Channel): (fault: 'full' | 'error', file: string, write: number) => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  let more = 0;
  return (fault, file, write) => {
    const atMs = trueNow();
    if (atMs - lastMs < 1000) {
      more++;
      return;
    }
    lastMs = atMs;
    notify({ from: 'diskFailure', atMs, fault, file, write, more });
    more = 0;
  };
}

/** Reports events as they come, up to a number per second, and then how many more there were. */
export function eventReporter({
  notify,
  trueNow,
  later,
}: Channel): (name: string, data: Facts) => void {
  let reported = 0;
  let dropped = 0;
  let isSecondOpen = false;
  const onSecondEnd = (): void => {
    isSecondOpen = false;
    if (dropped > 0) {
      notify({ from: 'event', atMs: trueNow(), name: 'events.dropped', data: { dropped } });
    }
  };
  return (name, data) => {
    if (!isSecondOpen) {
      isSecondOpen = true;
      reported = 0;
      dropped = 0;
      later(onSecondEnd, 1000);
    }
    if (reported >= eventsPerSecondMax) dropped++;
    else {
      reported++;
      notify({ from: 'event', atMs: trueNow(), name, data });
    }
  };
}

/** Reports messages that were dropped for their signature: at most one a second of each source. */
export function badSignatureReporter({
  notify,
  trueNow,
}: Channel): (src: string, type: string) => void {
  const last = new Map<string, { atMs: number; unreported: number }>();
  return (src, type) => {
    const atMs = trueNow();
    const before = last.get(src);
    if (before !== undefined && atMs - before.atMs < badSignaturesMs) {
      before.unreported++;
      return;
    }
    if (last.size >= sourcesMax) last.clear();
    last.set(src, { atMs, unreported: 0 });
    notify({ from: 'badSignature', atMs, src, type, alsoUntold: before?.unreported ?? 0 });
  };
}
