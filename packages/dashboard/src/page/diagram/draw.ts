/** Draws a frame of the diagram. At most some thousand lines, in one path for each color and weight. */
import type { Band } from '../../diagram/bands.ts';
import type { Lanes } from '../../diagram/lanes.ts';
import { markOf } from '../../diagram/marks.ts';
import { type Scale, ticksOf, tickText, xOf } from '../../diagram/scale.ts';
import { copyStatuses } from '../../model/copy-status.ts';
import type { View } from '../../model/view.ts';
import type { Colors } from './colors.ts';
import { segmentOf } from './segment.ts';

export interface Frame {
  readonly scale: Scale;
  readonly lanes: Lanes;
  readonly bands: readonly Band[];
  readonly view: View | undefined;
  readonly nowMs: number;
  readonly isLive: boolean;
  /** Index of a line; -1: none. */
  readonly hovered: number;
  /** Row of a copy; -1: none. */
  readonly selected: number;
}

/** The more copies a line stands for, the thicker it is: of up to 1, 16, 256 copies, and of more. */
const widths = [1, 1.5, 2.5, 4];

function weightOf(count: number): number {
  if (count <= 1) return 0;
  if (count <= 16) return 1;
  return count <= 256 ? 2 : 3;
}

/** With more lines than this, ends have no marks. */
const markedMax = 1500;

export function draw(canvas: HTMLCanvasElement, frame: Frame, colors: Colors): void {
  const context = canvas.getContext('2d')!;
  const ratio = devicePixelRatio;
  const color: Color = (name) => colors.of(name);
  const width = canvas.width / ratio;
  const height = canvas.height / ratio;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = '12px system-ui, sans-serif';
  drawAxis(context, frame, height, color);
  drawLanes(context, frame, width, color);
  context.save();
  context.beginPath();
  context.rect(frame.scale.left, 0, frame.scale.width, height);
  context.clip();
  drawBands(context, frame, color);
  if (frame.view !== undefined) drawLines(context, frame, frame.view, color);
  if (frame.isLive) {
    const x = xOf(frame.scale, frame.nowMs);
    context.strokeStyle = color('accent');
    context.lineWidth = 1;
    strokeLine(context, x, 0, x, height);
  }
  context.restore();
}

type Color = (name: string) => string;

function drawAxis(
  context: CanvasRenderingContext2D,
  { scale }: Frame,
  height: number,
  color: Color,
): void {
  const { stepMs, ticks } = ticksOf(scale, 110);
  context.lineWidth = 1;
  context.strokeStyle = color('line');
  context.fillStyle = color('dim');
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  for (const ms of ticks) {
    const x = Math.round(xOf(scale, ms)) + 0.5;
    if (x < scale.left) continue;
    strokeLine(context, x, 20, x, height);
    context.fillText(tickText(ms, stepMs), x + 4, 11);
  }
}

function drawLanes(
  context: CanvasRenderingContext2D,
  { lanes, scale }: Frame,
  width: number,
  color: Color,
): void {
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const { name, y } of lanes.lanes) {
    context.strokeStyle = color('lane');
    context.lineWidth = 1;
    strokeLine(context, scale.left, Math.round(y) + 0.5, width, Math.round(y) + 0.5);
    context.fillStyle = color('text');
    context.fillText(name, scale.left - 10, y);
  }
}

const bandHeight = 14;

function drawBands(
  context: CanvasRenderingContext2D,
  { lanes, bands, scale, nowMs }: Frame,
  color: Color,
): void {
  const yByName = new Map(lanes.lanes.map(({ name, y }) => [name, y]));
  context.textAlign = 'left';
  for (const { node, kind, fromMs, toMs } of bands) {
    const y = yByName.get(node);
    const endMs = Math.min(toMs, nowMs);
    if (y === undefined || endMs < scale.fromMs || fromMs > scale.toMs) continue;
    const x0 = Math.max(scale.left, xOf(scale, fromMs));
    const x1 = xOf(scale, endMs);
    context.fillStyle = color(kind === 'down' ? 'band-down' : 'band');
    context.fillRect(x0, y - bandHeight / 2, Math.max(1, x1 - x0), bandHeight);
    if (x1 - x0 < 40) continue;
    context.fillStyle = color('text');
    context.fillText(kind, x0 + 4, y);
  }
}

function drawLines(
  context: CanvasRenderingContext2D,
  frame: Frame,
  view: View,
  color: Color,
): void {
  const isMarked = view.lines <= markedMax;
  const paths: (Path2D | undefined)[] = [];
  const marks = copyStatuses.map(() => new Path2D());
  const right = frame.scale.left + frame.scale.width;
  for (let index = 0; index < view.lines; index++) {
    const segment = segmentOf(view, index, frame.scale, frame.lanes, frame.nowMs);
    if (segment === undefined || segment.x1 < frame.scale.left || segment.x0 > right) continue;
    const status = view.status[index]!;
    const key = status * widths.length + weightOf(view.count[index]!);
    const path = paths[key] ?? new Path2D();
    paths[key] = path;
    path.moveTo(segment.x0, segment.y0);
    path.lineTo(segment.x1, segment.y1);
    if (status !== 0 || isMarked) mark(marks[status]!, status, segment);
  }
  for (const [key, path] of paths.entries()) {
    if (path === undefined) continue;
    const status = Math.floor(key / widths.length);
    context.strokeStyle = color(`status-${copyStatuses[status]}`);
    context.globalAlpha = status === 0 && !isMarked ? 0.5 : 1;
    context.lineWidth = status === 0 ? widths[key % widths.length]! : 1.5;
    context.stroke(path);
  }
  context.globalAlpha = 1;
  for (const [status, path] of marks.entries()) {
    context.strokeStyle = color(`status-${copyStatuses[status]}`);
    context.fillStyle = color(`status-${copyStatuses[status]}`);
    context.lineWidth = 1.5;
    if (marksOf[status] === 'arrow') context.fill(path);
    else context.stroke(path);
  }
  for (let index = 0; index < view.lines; index++) {
    if (index !== frame.hovered && view.row[index] !== frame.selected) continue;
    const segment = segmentOf(view, index, frame.scale, frame.lanes, frame.nowMs);
    if (segment === undefined) continue;
    context.strokeStyle = color('accent');
    context.lineWidth = 3;
    strokeLine(context, segment.x0, segment.y0, segment.x1, segment.y1);
  }
}

const marksOf = copyStatuses.map((status) => markOf[status]);

/** An arrow where a copy arrived, a cross where it was lost, a bar where it was cut, a ring where it waits. */
function mark(
  path: Path2D,
  status: number,
  { x0, y0, x1, y1 }: { x0: number; y0: number; x1: number; y1: number },
): void {
  const size = 4;
  if (marksOf[status] === 'cross') {
    path.moveTo(x1 - size, y1 - size);
    path.lineTo(x1 + size, y1 + size);
    path.moveTo(x1 - size, y1 + size);
    path.lineTo(x1 + size, y1 - size);
  } else if (marksOf[status] === 'bar') {
    path.moveTo(x1 - size * 1.5, y1);
    path.lineTo(x1 + size * 1.5, y1);
  } else if (marksOf[status] === 'arrow') {
    const angle = Math.atan2(y1 - y0, x1 - x0);
    path.moveTo(x1, y1);
    path.lineTo(x1 - 7 * Math.cos(angle - 0.4), y1 - 7 * Math.sin(angle - 0.4));
    path.lineTo(x1 - 7 * Math.cos(angle + 0.4), y1 - 7 * Math.sin(angle + 0.4));
    path.closePath();
  } else {
    path.moveTo(x1 + size, y1);
    path.arc(x1, y1, size, 0, 2 * Math.PI);
  }
}

function strokeLine(
  context: CanvasRenderingContext2D,
  x0: number,
  y0: number,
  x1: number,
  y1: number,
): void {
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}
