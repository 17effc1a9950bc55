/** Time as pixels: a linear scale that can be moved and zoomed. */

export interface Scale {
  readonly fromMs: number;
  readonly toMs: number;
  /** Of the first pixel, and how many there are. */
  readonly left: number;
  readonly width: number;
}

/** A microsecond across the screen, and a month. */
const spanMsMin = 0.001;
const spanMsMax = 31 * 24 * 3600 * 1000;

export const spanOf = ({ fromMs, toMs }: Scale): number => toMs - fromMs;

export const xOf = (scale: Scale, ms: number): number =>
  scale.left + ((ms - scale.fromMs) / spanOf(scale)) * scale.width;

export const msAt = (scale: Scale, x: number): number =>
  scale.fromMs + ((x - scale.left) / scale.width) * spanOf(scale);

/** `factor` below 1: closer. The time at `x` stays where it is. */
export function zoomed(scale: Scale, factor: number, x: number): Scale {
  const span = Math.min(spanMsMax, Math.max(spanMsMin, spanOf(scale) * factor));
  const fromMs = msAt(scale, x) - ((x - scale.left) / scale.width) * span;
  return { ...scale, fromMs, toMs: fromMs + span };
}

/** By pixels to the right. */
export function moved(scale: Scale, pixels: number): Scale {
  const byMs = (pixels / scale.width) * spanOf(scale);
  return { ...scale, fromMs: scale.fromMs + byMs, toMs: scale.toMs + byMs };
}

/** Round times to label, `pixelsApart` or more from each other; and how far they are apart in ms. */
export function ticksOf(scale: Scale, pixelsApart: number): { stepMs: number; ticks: number[] } {
  const wantedMs = (spanOf(scale) / scale.width) * pixelsApart;
  const power = 10 ** Math.floor(Math.log10(wantedMs));
  const stepMs = power * ([1, 2, 5, 10].find((each) => each * power >= wantedMs) ?? 10);
  const ticks: number[] = [];
  for (let n = Math.ceil(scale.fromMs / stepMs); n * stepMs <= scale.toMs; n++)
    ticks.push(n * stepMs);
  return { stepMs, ticks };
}

/** The label of a tick: as many digits as the step needs. */
export function tickText(ms: number, stepMs: number): string {
  const digits = Math.max(0, Math.min(6, 3 - Math.floor(Math.log10(stepMs) + 1e-9)));
  return `${(ms / 1000).toFixed(digits)}s`;
}
