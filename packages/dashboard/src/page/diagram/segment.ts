/** Where a line of a view is on the screen. */
import type { Segment } from '../../diagram/hit.ts';
import type { Lanes } from '../../diagram/lanes.ts';
import { markOf } from '../../diagram/marks.ts';
import { type Scale, xOf } from '../../diagram/scale.ts';
import { copyStatuses } from '../../model/copy-status.ts';
import type { View } from '../../model/view.ts';

/** Of the others, the copy never came to the lane of its receiver: their line ends on the way. */
const arrives = copyStatuses.map((status) => markOf[status] === 'arrow');
/** Not half of it: that may be where another lane is. */
const onTheWay = 0.42;

/** Undefined where a member has no lane. */
export function segmentOf(
  view: View,
  index: number,
  scale: Scale,
  { yOf }: Lanes,
  nowMs: number,
): Segment | undefined {
  const y0 = yOf.get(view.src[index]!);
  const destY = yOf.get(view.dest[index]!);
  if (y0 === undefined || destY === undefined) return undefined;
  const endMs = view.fromMs + view.end[index]!;
  const isThere = arrives[view.status[index]!]!;
  return {
    x0: xOf(scale, view.fromMs + view.sent[index]!),
    y0,
    x1: xOf(scale, endMs === Number.POSITIVE_INFINITY ? nowMs : endMs),
    y1: isThere ? destY : y0 + (destY - y0) * onTheWay,
  };
}
