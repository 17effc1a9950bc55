/**
 * The engine of the space-time diagram: keeps the range that the user chose, asks the worker for the lines of
 * a range three times as wide, and draws what it has until the next ones come.
 */
import type { ClusterEvent } from '@faultline/actions';
import type { Progress, ToWorker } from '../../contract/worker.ts';
import { type Band, bandsOf } from '../../diagram/bands.ts';
import { nearest } from '../../diagram/hit.ts';
import { type Lanes, layOut } from '../../diagram/lanes.ts';
import { moved, type Scale, spanOf, zoomed } from '../../diagram/scale.ts';
import type { View } from '../../model/view.ts';
import { Colors } from './colors.ts';
import { draw } from './draw.ts';
import { segmentOf } from './segment.ts';
import { following, state } from './state.ts';

/** Lines of a view, which is three times as wide as the screen. */
const linesMax = 3000;
const viewEveryMs = 100;
/** Of the worker's time, views take this part at most while facts come in. */
const viewShare = 0.2;
const gutter = 64;
const top = 28;
const clickPixels = 5;
const followMs = 10_000;

export interface Shown {
  readonly members: readonly string[];
  readonly words: readonly string[];
  readonly progress: Progress;
  readonly events: readonly ClusterEvent[];
}

export class Diagram {
  readonly #canvas: HTMLCanvasElement;
  readonly #ask: (message: ToWorker) => void;
  readonly #closing = new AbortController();
  readonly #resized: ResizeObserver;
  readonly #colors = new Colors();
  #shown: Shown | undefined;
  #scale: Scale = { fromMs: 0, toMs: followMs, left: gutter, width: 1 };
  #lanes: Lanes = layOut([], [], top, 0);
  #bands: readonly Band[] = [];
  #view: View | undefined;
  #asked: { readonly fromMs: number; readonly toMs: number; readonly copies: number } | undefined;
  #askedAtMs = 0;
  #isAsking = false;
  #later: ReturnType<typeof setTimeout> | undefined;
  /** How long the latest view took. */
  #tookMs = 0;
  #frame = 0;
  /** The user has chosen what is in view. */
  #isMoved = false;
  #hovered = -1;
  #selected = -1;
  /** True time when the latest progress came, by the clock of the page. */
  #progressAtMs = 0;

  constructor(canvas: HTMLCanvasElement, ask: (message: ToWorker) => void) {
    this.#canvas = canvas;
    this.#ask = ask;
    this.#listen();
    this.#resized = new ResizeObserver(() => this.#layOut());
    this.#resized.observe(canvas);
  }

  close(): void {
    this.#closing.abort();
    clearTimeout(this.#later);
    this.#resized.disconnect();
    this.#colors.close();
    cancelAnimationFrame(this.#frame);
  }

  update(shown: Shown): void {
    if (shown.events !== this.#shown?.events) this.#bands = bandsOf(shown.events);
    const isFirst = this.#shown === undefined || this.#shown.progress.copies === 0;
    this.#shown = shown;
    this.#progressAtMs = performance.now();
    // A recorded run comes in parts: all of it stays in view until the user chooses a part.
    const isLoading = shown.progress.nowMs === null && !this.#isMoved;
    if ((isFirst || isLoading) && shown.progress.copies > 0) this.fit();
    this.#layOut();
  }

  show(view: View): void {
    this.#view = view;
    this.#isAsking = false;
    this.#tookMs = performance.now() - this.#askedAtMs;
    state(view);
    this.#draw();
  }

  follow(isOn: boolean): void {
    following.value = isOn;
    this.#draw();
  }

  /** The whole run, or the latest seconds of one that still runs. */
  fit(): void {
    if (this.#shown === undefined) return;
    const { fromMs, toMs, nowMs } = this.#shown.progress;
    const isOver = nowMs === null;
    following.value = !isOver;
    const margin = isOver ? (toMs - fromMs) * 0.02 + 0.001 : 0;
    const from = isOver ? fromMs : Math.max(0, nowMs - followMs);
    this.#scale = { ...this.#scale, fromMs: from - margin, toMs: (isOver ? toMs : nowMs) + margin };
    this.#draw();
  }

  /** `factor` below 1: closer. */
  zoom(factor: number, x = this.#scale.left + this.#scale.width / 2): void {
    this.#isMoved = true;
    // What comes in stays at the right edge.
    const at = following.value ? this.#scale.left + this.#scale.width : x;
    this.#scale = zoomed(this.#scale, factor, at);
    this.#draw();
  }

  move(pixels: number): void {
    this.#isMoved = true;
    following.value = false;
    this.#scale = moved(this.#scale, pixels);
    this.#draw();
  }

  #listen(): void {
    const { signal } = this.#closing;
    const canvas = this.#canvas;
    let dragged: { x: number; isDrag: boolean } | undefined;
    canvas.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault();
        if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
          this.move(event.deltaX + (event.shiftKey ? event.deltaY : 0));
        } else this.zoom(Math.exp(event.deltaY / 400), event.offsetX);
      },
      { signal, passive: false },
    );
    canvas.addEventListener(
      'pointerdown',
      (event) => {
        dragged = { x: event.offsetX, isDrag: false };
        canvas.setPointerCapture(event.pointerId);
      },
      { signal },
    );
    canvas.addEventListener(
      'pointermove',
      (event) => {
        if (dragged === undefined) {
          this.#hover(this.#lineAt(event.offsetX, event.offsetY));
          return;
        }
        const pixels = dragged.x - event.offsetX;
        if (!dragged.isDrag && Math.abs(pixels) < clickPixels) return;
        this.move(pixels);
        dragged = { x: event.offsetX, isDrag: true };
      },
      { signal },
    );
    canvas.addEventListener(
      'pointerup',
      (event) => {
        const wasClick = dragged?.isDrag === false;
        dragged = undefined;
        const line = wasClick ? this.#lineAt(event.offsetX, event.offsetY) : -1;
        if (line >= 0) this.select(this.#view!.row[line]!);
      },
      { signal },
    );
    canvas.addEventListener('keydown', (event) => this.#key(event), { signal });
  }

  #key(event: KeyboardEvent): void {
    const step = this.#scale.width / 8;
    const acts: Readonly<Record<string, () => void>> = {
      w: () => this.zoom(0.7),
      s: () => this.zoom(1 / 0.7),
      a: () => this.move(-step),
      d: () => this.move(step),
      ArrowLeft: () => this.move(-step),
      ArrowRight: () => this.move(step),
      '+': () => this.zoom(0.7),
      '-': () => this.zoom(1 / 0.7),
      f: () => this.fit(),
      l: () => this.follow(!following.value),
    };
    const act = Object.hasOwn(acts, event.key) ? acts[event.key] : undefined;
    if (act === undefined) return;
    event.preventDefault();
    act();
  }

  #hover(line: number): void {
    if (line === this.#hovered) return;
    this.#hovered = line;
    this.#canvas.style.cursor = line < 0 ? 'grab' : 'pointer';
    this.#draw();
  }

  /** Marks a copy, and asks for all that is known of it. */
  select(row: number): void {
    this.#selected = row;
    this.#ask({ do: 'copy', row });
    this.#draw();
  }

  #lineAt(x: number, y: number): number {
    const view = this.#view;
    if (view === undefined) return -1;
    const now = this.#nowMs();
    const place = (index: number) => segmentOf(view, index, this.#scale, this.#lanes, now);
    return nearest(view.lines, place, x, y, clickPixels);
  }

  /** What is still on its way ends here. */
  #nowMs(): number {
    const { nowMs, toMs } = this.#shown?.progress ?? { nowMs: null, toMs: 0 };
    return nowMs === null ? toMs : nowMs + (performance.now() - this.#progressAtMs);
  }

  #layOut(): void {
    const { width, height } = this.#canvas.getBoundingClientRect();
    const ratio = devicePixelRatio;
    this.#scale = { ...this.#scale, width: Math.max(1, width - gutter) };
    const { members, words } = this.#shown ?? { members: [], words: [] };
    this.#lanes = layOut(members, words, top, height - top);
    if (this.#canvas.width !== Math.round(width * ratio))
      this.#canvas.width = Math.round(width * ratio);
    if (this.#canvas.height !== Math.round(height * ratio)) {
      this.#canvas.height = Math.round(height * ratio);
    }
    this.#draw();
  }

  /** At the next frame, once. */
  #draw(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#drawNow();
    });
  }

  #drawNow(): void {
    const nowMs = this.#nowMs();
    const isLive = this.#shown !== undefined && this.#shown.progress.nowMs !== null;
    if (isLive && following.value) {
      const span = spanOf(this.#scale);
      this.#scale = { ...this.#scale, fromMs: nowMs - span, toMs: nowMs };
    }
    this.#askAgain();
    draw(
      this.#canvas,
      {
        scale: this.#scale,
        lanes: this.#lanes,
        bands: this.#bands,
        view: this.#view,
        nowMs,
        isLive,
        hovered: this.#hovered,
        selected: this.#selected,
      },
      this.#colors,
    );
    if (isLive && following.value) this.#draw();
  }

  /** Asks for lines if those that are here do not fit the range or the time any more. */
  #askAgain(): void {
    const copies = this.#shown?.progress.copies ?? 0;
    if (copies === 0 || this.#isAsking) return;
    const { fromMs, toMs } = this.#scale;
    const span = toMs - fromMs;
    const asked = this.#asked;
    const isCovered =
      asked !== undefined &&
      asked.fromMs <= fromMs &&
      asked.toMs >= toMs &&
      (asked.toMs - asked.fromMs) / 3 < span * 1.5 &&
      (asked.toMs - asked.fromMs) / 3 > span / 1.5;
    const everyMs = Math.max(viewEveryMs, this.#tookMs / viewShare);
    const sinceMs = performance.now() - this.#askedAtMs;
    if (isCovered && asked?.copies === copies) return;
    if (isCovered && sinceMs < everyMs) {
      clearTimeout(this.#later);
      this.#later = setTimeout(() => this.#draw(), everyMs - sinceMs);
      return;
    }
    this.#isAsking = true;
    this.#askedAtMs = performance.now();
    this.#asked = { fromMs: fromMs - span, toMs: toMs + span, copies };
    this.#ask({ do: 'view', fromMs: fromMs - span, toMs: toMs + span, linesMax });
  }
}
