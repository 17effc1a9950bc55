/** Which line of a view is under the pointer. */

/** The ends of a line, in pixels. */
export interface Segment {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** The index of the nearest segment, at most `tolerance` pixels away; -1: none. The later wins a tie. */
export function nearest(
  count: number,
  segment: (index: number) => Segment | undefined,
  x: number,
  y: number,
  tolerance: number,
): number {
  let found = -1;
  let best = tolerance * tolerance;
  for (let index = 0; index < count; index++) {
    const line = segment(index);
    if (line === undefined) continue;
    const squared = squaredDistance(line, x, y);
    if (squared > best) continue;
    best = squared;
    found = index;
  }
  return found;
}

function squaredDistance({ x0, y0, x1, y1 }: Segment, x: number, y: number): number {
  const dx = x1 - x0;
  const dy = y1 - y0;
  const length = dx * dx + dy * dy;
  const at = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - x0) * dx + (y - y0) * dy) / length));
  const ex = x0 + at * dx - x;
  const ey = y0 + at * dy - y;
  return ex * ex + ey * ey;
}
