/** What a node tells its supervisor in bulk, made few enough for the channel between them. */

import type { UnsentReason } from '@faultline/link';
import type { Facts, FromNode } from '@faultline/protocol';

export interface Channel {
  readonly tell: (message: FromNode) => void;
  readonly trueNow: () => number;
  /** A timer of true time. */
  readonly later: (run: () => void, ms: number) => unknown;
}

const stretchMs = 100;
/** Facts that one node may put into the recording in a second; a program that floods is cut short. */
const eventsPerSecondMax = 1000;
const badSignaturesMs = 1000;
/** Sources may be made up. */
const sourcesMax = 1000;

/** Gathers the numbers of messages that never left, and tells them a stretch at a time. */
export function unsentTeller({
  tell,
  later,
}: Channel): (seq: number, reason: UnsentReason) => void {
  let stretch: { reason: UnsentReason; firstSeq: number; lastSeq: number } | undefined;
  let isFlushPending = false;
  const flush = (): void => {
    if (stretch === undefined) return;
    const { reason, firstSeq, lastSeq } = stretch;
    stretch = undefined;
    tell({ from: 'unsent', reason, count: lastSeq - firstSeq + 1, firstSeq, lastSeq });
  };
  const onTime = (): void => {
    isFlushPending = false;
    flush();
  };
  return (seq, reason) => {
    if (stretch?.reason === reason && stretch.lastSeq + 1 === seq) {
      stretch.lastSeq = seq;
      return;
    }
    flush();
    stretch = { reason, firstSeq: seq, lastSeq: seq };
    if (isFlushPending) return;
    isFlushPending = true;
    later(onTime, stretchMs);
  };
}

/** Tells of the first failure of a disk in every second, and how many were not told before it. */
export function diskFailureTeller({
  tell,
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
    tell({ from: 'diskFailure', atMs, fault, file, write, more });
    more = 0;
  };
}

/** Tells events as they come, up to so many a second, and then how many more there were. */
export function eventTeller({
  tell,
  trueNow,
  later,
}: Channel): (name: string, data: Facts) => void {
  let told = 0;
  let dropped = 0;
  let isSecondOpen = false;
  const onSecondEnd = (): void => {
    isSecondOpen = false;
    if (dropped > 0) {
      tell({ from: 'event', atMs: trueNow(), name: 'events.dropped', data: { dropped } });
    }
  };
  return (name, data) => {
    if (!isSecondOpen) {
      isSecondOpen = true;
      told = 0;
      dropped = 0;
      later(onSecondEnd, 1000);
    }
    if (told >= eventsPerSecondMax) dropped++;
    else {
      told++;
      tell({ from: 'event', atMs: trueNow(), name, data });
    }
  };
}

/** Tells of messages that were dropped for their signature: of each source at most one a second. */
export function badSignatureTeller({
  tell,
  trueNow,
}: Channel): (src: string, type: string) => void {
  const last = new Map<string, { atMs: number; untold: number }>();
  return (src, type) => {
    const atMs = trueNow();
    const before = last.get(src);
    if (before !== undefined && atMs - before.atMs < badSignaturesMs) {
      before.untold++;
      return;
    }
    if (last.size >= sourcesMax) last.clear();
    last.set(src, { atMs, untold: 0 });
    tell({ from: 'badSignature', atMs, src, type, alsoUntold: before?.untold ?? 0 });
  };
}
