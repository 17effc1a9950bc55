/** Draws the latest messages as dots over the ring of nodes. */
import type { ToWorker } from '../../contract/worker.ts';
import type { Point } from '../../diagram/ring.ts';
import { type Dot, fallMs, placeOf, shownMsMin } from '../../diagram/travel.ts';
import { copyStatuses } from '../../model/copy-status.ts';
import type { View } from '../../model/view.ts';
import { Colors } from '../diagram/colors.ts';
import { progress } from '../state.ts';

const askEveryMs = 200;
/** What is asked for is this old, so that its fates are known. */
const agoMs = 150;
const linesMax = 120;
const radius = 4;

/** The number of colors that the style sheet has for types of messages. */
const typeColors = 8;

export class Dots {
  readonly #canvas: HTMLCanvasElement;
  readonly #ask: (message: ToWorker) => void;
  /** Where a member is, by the number of its word. */
  readonly #pointOf: (word: number) => Point | undefined;
  readonly #colors = new Colors();
  readonly #timer: ReturnType<typeof setInterval>;
  #dots: (Dot & { readonly type: number })[] = [];
  #untilMs = -1;
  #frame = 0;

  constructor(
    canvas: HTMLCanvasElement,
    ask: (message: ToWorker) => void,
    pointOf: (word: number) => Point | undefined,
  ) {
    this.#canvas = canvas;
    this.#ask = ask;
    this.#pointOf = pointOf;
    this.#timer = setInterval(() => this.#askForMore(), askEveryMs);
  }

  close(): void {
    clearInterval(this.#timer);
    cancelAnimationFrame(this.#frame);
    this.#colors.close();
  }

  show(view: View): void {
    const startMs = performance.now();
    for (let line = 0; line < view.lines; line++) {
      const sent = view.sent[line]!;
      const from = this.#pointOf(view.src[line]!);
      const to = this.#pointOf(view.dest[line]!);
      // One that was sent before this range was drawn with an earlier one.
      if (sent < 0 || from === undefined || to === undefined) continue;
      const tookMs = Math.min(view.end[line]! - sent, 10_000);
      const status = view.status[line]!;
      this.#dots.push({
        from,
        to,
        status,
        startMs: startMs + sent,
        tookMs,
        type: view.type[line]!,
      });
    }
    this.#draw();
  }

  #askForMore(): void {
    const { nowMs } = progress.value;
    if (nowMs === null || document.hidden) return;
    const toMs = nowMs - agoMs;
    const fromMs = Math.max(this.#untilMs, toMs - askEveryMs * 2);
    if (toMs <= fromMs) return;
    this.#untilMs = toMs;
    this.#ask({ do: 'view', fromMs, toMs, linesMax });
  }

  #draw(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame((nowMs) => {
      this.#frame = 0;
      this.#drawNow(nowMs);
    });
  }

  #drawNow(nowMs: number): void {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const ratio = devicePixelRatio;
    this.#canvas.width = width * ratio;
    this.#canvas.height = height * ratio;
    const context = this.#canvas.getContext('2d')!;
    context.scale(ratio, ratio);
    this.#dots = this.#dots.filter(
      ({ startMs, tookMs }) => nowMs - startMs < Math.max(tookMs, shownMsMin) + fallMs,
    );
    for (const dot of this.#dots) {
      const place = placeOf(dot, nowMs);
      if (place === null) continue;
      context.globalAlpha = place.opacity;
      const isLost = copyStatuses[dot.status] !== 'delivered' && place.opacity < 1;
      context.fillStyle = this.#colors.of(isLost ? 'status-lost' : `type-${dot.type % typeColors}`);
      context.beginPath();
      context.arc(place.x, place.y, radius, 0, 2 * Math.PI);
      context.fill();
    }
    if (this.#dots.length > 0) this.#draw();
  }
}
