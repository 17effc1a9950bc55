/** Nodes in a ring, and what a line that is drawn across it separates. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The first is at the top, the others follow clockwise. */
export function ringOf(count: number, center: Point, radius: number): Point[] {
  return Array.from({ length: count }, (_, number) => {
    const angle = (2 * Math.PI * number) / count - Math.PI / 2;
    return { x: center.x + radius * Math.cos(angle), y: center.y + radius * Math.sin(angle) };
  });
}

/** On which side of the line from `a` to `b` a point is. */
const isLeft = (a: Point, b: Point, point: Point): boolean =>
  (b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x) > 0;

/** The two sides of a line, as names; undefined if all are on one side. */
export function sidesOf(
  names: readonly string[],
  points: readonly Point[],
  a: Point,
  b: Point,
): readonly [string[], string[]] | undefined {
  const left = names.filter((_, number) => isLeft(a, b, points[number]!));
  const right = names.filter((name) => !left.includes(name));
  return left.length === 0 || right.length === 0 ? undefined : [left, right];
}
