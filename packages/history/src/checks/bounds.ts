/** What a budget allows, as it is written: `>= 90%`, `<= 30`, `<= 3s`, `p99 <= 200ms, max <= 1s`. */
import {
  FaultlineError,
  formatDuration,
  formatPercent,
  parseDuration,
  parsePercent,
} from '@faultline/protocol';
import { shown } from '@faultline/protocol/fit';

/** Throws BAD_REQUEST. */
function bounded(value: unknown, sign: '>=' | '<=', example: string): string {
  const match = typeof value === 'string' ? /^\s*(>=|<=|≥|≤)?\s*(.+?)\s*$/.exec(value) : null;
  const given = (match?.[1] ?? sign).replace('≥', '>=').replace('≤', '<=');
  if (match === null || given !== sign) throw expected(`a bound such as "${example}"`, value);
  return match[2]!;
}

/** `>= 90%` and 0.9 as 0.9. */
export const shareAtLeast = (value: unknown): number =>
  typeof value === 'number' ? value : parsePercent(bounded(value, '>=', '>= 90%'));

/** `<= 30` and 30 as 30. */
export function numberAtMost(value: unknown): number {
  const number = typeof value === 'number' ? value : Number(bounded(value, '<=', '<= 30'));
  if (Number.isFinite(number) && number >= 0) return number;
  throw expected('a bound such as "<= 30"', value);
}

/** `<= 3s` as 3000. */
export function timeAtMost(value: unknown): number {
  const ms = parseDuration(bounded(value, '<=', '<= 3s'));
  if (ms >= 0) return ms;
  throw expected('a duration of 0 or more', value);
}

/** `p99 <= 200ms, max <= 1s` as `{ 0.99: 200, 1: 1000 }`. */
export function latenciesAtMost(value: unknown): Record<string, number> {
  const example = 'bounds such as "p99 <= 200ms, max <= 1s"';
  if (typeof value !== 'string') throw expected(example, value);
  return Object.fromEntries(
    value.split(',').map((part) => {
      const match = /^\s*(p\d{1,2}(?:\.\d+)?|median|max)\s*(.*)$/.exec(part);
      if (match === null) throw expected(example, value);
      const [, name, bound] = match;
      const share = name === 'median' ? 0.5 : name === 'max' ? 1 : Number(name!.slice(1)) / 100;
      return [String(Math.round(share * 1e6) / 1e6), timeAtMost(bound)];
    }),
  );
}

/** Each in its one form. */
export const canonicalShare = (value: unknown): string => {
  const share = formatPercent(shareAtLeast(value));
  parsePercent(share);
  return `>= ${share}`;
};
export const canonicalNumber = (value: unknown): string => `<= ${numberAtMost(value)}`;
export const canonicalTime = (value: unknown): string => `<= ${formatDuration(timeAtMost(value))}`;
export const canonicalLatencies = (value: unknown): string =>
  Object.entries(latenciesAtMost(value))
    .sort(([a], [b]) => Number(a) - Number(b))
    .map(([share, ms]) => `${quantileName(Number(share))} <= ${formatDuration(ms)}`)
    .join(', ');

/** `p99` of 0.99, `max` of 1. */
export const quantileName = (share: number): string =>
  share === 1 ? 'max' : `p${Math.round(share * 1e8) / 1e6}`;

const expected = (what: string, value: unknown): FaultlineError =>
  new FaultlineError('BAD_REQUEST', `expected ${what}, got ${shown(value)}`);
