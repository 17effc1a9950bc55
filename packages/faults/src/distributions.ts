/**
 * The grammar of delays that vary:
 *
 *   50ms                        always 50ms
 *   50ms ± 10ms                 normal: mean and standard deviation; +- and +/- work too. Drawn from
 *                               the part above 0, as no message arrives before it was sent
 *   10ms..90ms                  uniform
 *   exp 50ms                    exponential by its mean: independent arrivals
 *   lognormal 50ms p99 400ms    by median and 99th percentile: as services measure it
 *   pareto 50ms alpha 1.5       by minimum and shape: the smaller alpha, the heavier the tail
 *   quantiles 0:10ms 50:20ms 99:200ms 100:1s
 *                               as measured: the delays at some percentiles, with straight lines in
 *                               between
 *
 * Each is its quantile function, so that one draw gives one delay, and a larger draw a longer one.
 */
import {
  decimalText,
  formatDuration,
  Scanner,
  scanDecimal,
  scanDuration,
} from '@faultline/protocol';
import { normalBelow, normalQuantile } from './normal.ts';

export interface Distribution {
  /** The distribution in canonical form. */
  readonly text: string;
  readonly description: string;
  /** The delay in ms that a share `u` of all delays stays below; 0 <= u < 1. */
  quantile(u: number): number;
}

/** Upper limit of any delay, however long the tail of its distribution. */
export const delayMsMax = 24 * 60 * 60 * 1000;

const form =
  'a delay such as 50ms, 50ms ± 10ms, 10ms..90ms, exp 50ms, lognormal 50ms p99 400ms, pareto 50ms alpha 1.5 or quantiles 0:10ms 50:20ms 100:1s';

export function parseDistribution(text: string): Distribution {
  const scanner = new Scanner(text, 'BAD_DISTRIBUTION');
  scanner.spaces();
  const word = scanner.run(/[A-Za-z]+/y);
  if (word === 'quantiles') return empirical(scanner);
  const shape = word === '' ? undefined : shapes.get(word);
  if (word !== '' && shape === undefined) {
    throw scanner.expected(form, { at: scanner.at - word.length });
  }
  if (shape === undefined && !/\d/.test(scanner.text.charAt(scanner.at))) {
    const hint = /[-−]/.test(scanner.text.charAt(scanner.at))
      ? 'a delay is never negative'
      : undefined;
    throw scanner.expected(form, hint === undefined ? {} : { hint });
  }
  scanner.spaces();
  const start = scanner.at;
  const firstMs = delay(scanner);
  const { text: canonical, description, quantile } = (shape ?? plain)(scanner, firstMs, start);
  scanner.end();
  return {
    text: canonical,
    description,
    quantile: (u) => Math.min(quantile(u), delayMsMax),
  };
}

/** Reads what follows the first duration, which begins at `start`. */
type Shape = (scanner: Scanner, firstMs: number, start: number) => Distribution;

const plain: Shape = (scanner, ms, start) => {
  scanner.spaces();
  if (scanner.take('±') || scanner.take('+-') || scanner.take('+/-')) return normal(scanner, ms);
  if (scanner.take('..')) return uniform(scanner, ms, start);
  return {
    text: formatDuration(ms),
    description: `always ${formatDuration(ms)}`,
    quantile: () => ms,
  };
};

function normal(scanner: Scanner, meanMs: number): Distribution {
  scanner.spaces();
  const spreadMs = positiveDelay(scanner, 'a spread');
  const mean = formatDuration(meanMs);
  const spread = formatDuration(spreadMs);
  // The share of the normal distribution above 0, from which delays are drawn.
  const above = 1 - normalBelow(-meanMs / spreadMs);
  return {
    text: `${mean} ± ${spread}`,
    description: `normal around ${mean} with standard deviation ${spread}, never below 0`,
    // Counted from the upper end, where 1 - u is exact and u itself would round to 1.
    quantile: (u) => Math.max(0, meanMs - spreadMs * normalQuantile((1 - u) * above)),
  };
}

function uniform(scanner: Scanner, leastMs: number, start: number): Distribution {
  scanner.spaces();
  const mostMs = delay(scanner);
  const text = `${formatDuration(leastMs)}..${formatDuration(mostMs)}`;
  if (mostMs <= leastMs) {
    throw scanner.expected('the shorter delay first, then a longer one', { at: start });
  }
  return {
    text,
    description: `anything from ${formatDuration(leastMs)} to ${formatDuration(mostMs)}, equally likely`,
    quantile: (u) => leastMs + u * (mostMs - leastMs),
  };
}

const exponential: Shape = (scanner, meanMs, start) => {
  requirePositive(scanner, meanMs, start, 'a mean');
  return {
    text: `exp ${formatDuration(meanMs)}`,
    description: `exponential with mean ${formatDuration(meanMs)}`,
    quantile: (u) => -meanMs * Math.log1p(-u),
  };
};

const lognormal: Shape = (scanner, medianMs, start) => {
  requirePositive(scanner, medianMs, start, 'a median');
  takeWord(scanner, 'p99');
  const p99At = scanner.at;
  const p99Ms = delay(scanner);
  if (p99Ms <= medianMs) {
    throw scanner.expected(`a p99 above the median of ${formatDuration(medianMs)}`, { at: p99At });
  }
  const sigma = Math.log(p99Ms / medianMs) / normalQuantile(0.99);
  return {
    text: `lognormal ${formatDuration(medianMs)} p99 ${formatDuration(p99Ms)}`,
    description: `lognormal: half below ${formatDuration(medianMs)}, 1 of 100 above ${formatDuration(p99Ms)}`,
    quantile: (u) => medianMs * Math.exp(-sigma * normalQuantile(1 - u)),
  };
};

const alphaMin = 0.1;
const alphaMax = 100;

const pareto: Shape = (scanner, leastMs, start) => {
  requirePositive(scanner, leastMs, start, 'a minimum');
  takeWord(scanner, 'alpha');
  const at = scanner.at;
  const alpha = Number(scanDecimal(scanner));
  if (alpha < alphaMin || alpha > alphaMax) {
    throw scanner.expected(`an alpha from ${alphaMin} to ${alphaMax}`, {
      at,
      hint: '1.5 has a heavy tail',
    });
  }
  return {
    text: `pareto ${formatDuration(leastMs)} alpha ${decimalText(alpha)}`,
    description: `Pareto: at least ${formatDuration(leastMs)}, with a tail of shape ${decimalText(alpha)}`,
    quantile: (u) => leastMs * (1 - u) ** (-1 / alpha),
  };
};

/** A share of delays, and their upper bound. */
interface Mark {
  readonly percent: number;
  readonly ms: number;
}

const marksMax = 1000;

function empirical(scanner: Scanner): Distribution {
  const marks: Mark[] = [];
  for (scanner.spaces(); !scanner.isAtEnd() && marks.length < marksMax; scanner.spaces()) {
    marks.push(mark(scanner, marks.at(-1)));
  }
  const last = marks.at(-1);
  if (marks.length < 2 || last!.percent !== 100) {
    throw scanner.expected('marks from 0 to 100 percent, such as 0:10ms 50:20ms 100:1s,');
  }
  scanner.end();
  const list = marks.map(({ percent, ms }) => `${decimalText(percent)}:${formatDuration(ms)}`);
  return {
    text: `quantiles ${list.join(' ')}`,
    description: `as measured, with these delays at these percentiles: ${list.join(', ')}`,
    quantile(u) {
      const percent = 100 * u;
      // The first mark is 0, so there is always one below.
      const above = Math.max(
        1,
        marks.findIndex((each) => each.percent > percent),
      );
      const [from, to] = [marks[above - 1]!, marks[above]!];
      const share = (percent - from.percent) / (to.percent - from.percent);
      return from.ms + share * (to.ms - from.ms);
    },
  };
}

function mark(scanner: Scanner, before: Mark | undefined): Mark {
  const at = scanner.at;
  const number = scanDecimal(scanner);
  const percent = Number(number);
  if (before === undefined && (number === '' || percent !== 0)) {
    throw scanner.expected('the shortest delay first, such as 0:10ms,', { at });
  }
  if (before !== undefined && (number === '' || percent <= before.percent || percent > 100)) {
    throw scanner.expected(`a percentage above ${decimalText(before.percent)} and up to 100`, {
      at,
    });
  }
  scanner.take('%');
  if (!scanner.take(':')) throw scanner.expected(':', { after: number });
  const msAt = scanner.at;
  const ms = delay(scanner);
  if (before !== undefined && ms < before.ms) {
    throw scanner.expected(`a delay from ${formatDuration(before.ms)} up`, { at: msAt });
  }
  return { percent, ms };
}

const shapes: ReadonlyMap<string, Shape> = new Map([
  ['exp', exponential],
  ['lognormal', lognormal],
  ['pareto', pareto],
]);

function takeWord(scanner: Scanner, word: string): void {
  scanner.spaces();
  if (!scanner.take(word)) throw scanner.expected(word);
  scanner.spaces();
}

function delay(scanner: Scanner): number {
  const at = scanner.at;
  const ms = scanDuration(scanner);
  if (ms > delayMsMax) {
    throw scanner.expected(`a delay of at most ${formatDuration(delayMsMax)}`, { at });
  }
  return ms;
}

function positiveDelay(scanner: Scanner, what: string): number {
  const at = scanner.at;
  const ms = delay(scanner);
  requirePositive(scanner, ms, at, what);
  return ms;
}

function requirePositive(scanner: Scanner, ms: number, at: number, what: string): void {
  if (ms === 0) throw scanner.expected(`${what} above 0`, { at });
}
