/** Messages as dots that travel between places: slowed down, so that an eye can follow them. */
import { copyStatuses } from '../model/copy-status.ts';
import { markOf } from './marks.ts';
import type { Point } from './ring.ts';

export interface Dot {
  readonly from: Point;
  readonly to: Point;
  /** Index into `copyStatuses`. */
  readonly status: number;
  /** By the clock of the page, in ms. */
  readonly startMs: number;
  readonly tookMs: number;
}

/** A message that takes less is shown as long. */
export const shownMsMin = 450;
/** A lost message falls where it was lost, for this long. */
export const fallMs = 600;
/** Not half of the way, where others cross. */
const lostAt = 0.45;
const fallPixels = 60;

export interface PlacedDot extends Point {
  /** From 0, gone, to 1. */
  readonly opacity: number;
}

const arrives = copyStatuses.map((status) => markOf[status] === 'arrow');

/** Null: it has not started, or is gone. */
export function placeOf(
  { from, to, status, startMs, tookMs }: Dot,
  nowMs: number,
): PlacedDot | null {
  const passed = (nowMs - startMs) / Math.max(shownMsMin, tookMs);
  if (passed < 0) return null;
  const at = (share: number): Point => ({
    x: from.x + (to.x - from.x) * share,
    y: from.y + (to.y - from.y) * share,
  });
  if (arrives[status]) return passed > 1 ? null : { ...at(passed), opacity: 1 };
  if (passed <= lostAt) return { ...at(passed), opacity: 1 };
  const fallen = ((passed - lostAt) * Math.max(shownMsMin, tookMs)) / fallMs;
  if (fallen > 1) return null;
  const { x, y } = at(lostAt);
  return { x, y: y + fallen * fallen * fallPixels, opacity: 1 - fallen };
}
