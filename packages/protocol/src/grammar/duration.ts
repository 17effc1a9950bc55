/**
 * Durations: `50ms`, `1.5s`, `+1h`, `-200us`, `1m30s`. In milliseconds, the unit of every API here.
 * A bare number is refused, because half of the world means seconds by it; 0 is 0 in any unit.
 */
import { decimalText, scanDecimal, scanSign } from './decimal.ts';
import { Scanner } from './scanner.ts';

interface Unit {
  /** The unit in milliseconds is times × 10^power: exact, which 1e-6 is not. */
  readonly times: bigint;
  readonly power: number;
}

const units = new Map<string, Unit>([
  ['ns', { times: 1n, power: -6 }],
  ['us', { times: 1n, power: -3 }],
  // Two characters look like this: the micro sign and the Greek letter.
  ['\u00b5s', { times: 1n, power: -3 }],
  ['\u03bcs', { times: 1n, power: -3 }],
  ['ms', { times: 1n, power: 0 }],
  ['s', { times: 1n, power: 3 }],
  ['m', { times: 6n, power: 4 }],
  ['h', { times: 36n, power: 5 }],
  ['d', { times: 864n, power: 5 }],
]);
const unitNames = 'a unit (ns, us, µs, ms, s, m, h, d)';

/** Above it a number of milliseconds is no longer exact. It is 285 thousand years. */
const durationMsMax = Number.MAX_SAFE_INTEGER;

export function parseDuration(text: string): number {
  const scanner = new Scanner(text, 'BAD_DURATION');
  scanner.spaces();
  const sign = scanSign(scanner);
  const start = scanner.at;
  const ms = scanDuration(scanner);
  scanner.end(scanner.text.slice(start, scanner.at));
  // Not -0, which compares like 0 and prints otherwise.
  return ms === 0 ? 0 : sign * ms;
}

/** An unsigned duration where the scanner stands; other grammars have one inside. */
export function scanDuration(scanner: Scanner): number {
  const start = scanner.at;
  let total = 0n;
  let scale = 6;
  let last: { name: string; unit: Unit } | undefined;
  do {
    const partAt = scanner.at;
    const number = scanDecimal(scanner);
    if (number === '') throw scanner.expected('a duration such as 50ms');
    if (last === undefined && Number(number) === 0 && !isUnitNext(scanner)) return 0;
    if (last === undefined) scanner.spaces();
    const unitAt = scanner.at;
    const name = scanner.run(/[A-Za-zµμ]+/y);
    const unit = units.get(name);
    if (unit === undefined) {
      const hint = name === '' ? { hint: `write ${number}ms or ${number}s` } : {};
      throw scanner.expected(unitNames, { at: unitAt, after: number, ...hint });
    }
    if (last !== undefined && !isSmaller(unit, last.unit)) {
      const expected = `a smaller unit than ${last.name} after ${scanner.text.slice(start, partAt)},`;
      throw scanner.expected(expected, { at: unitAt });
    }
    const [whole = '', fraction = ''] = number.split('.');
    const partScale = fraction.length - unit.power;
    if (partScale > scale) {
      total *= 10n ** BigInt(partScale - scale);
      scale = partScale;
    }
    total += BigInt(whole + fraction) * unit.times * 10n ** BigInt(scale - partScale);
    last = { name, unit };
  } while (/\d/.test(scanner.text.charAt(scanner.at)));
  const ms = Number(`${total}e-${scale}`);
  if (ms > durationMsMax) {
    throw scanner.expected('a duration of at most 285 thousand years', { at: start });
  }
  return ms;
}

/** The same in a form for people, from which `parseDuration` gets exactly `ms` back. */
export function formatDuration(ms: number): string {
  const size = Math.abs(ms);
  if (!Number.isFinite(ms)) return String(ms);
  if (size === 0) return '0ms';
  if (size < 1e-3) return `${decimalText(ms, 6)}ns`;
  if (size < 1) return `${decimalText(ms, 3)}µs`;
  if (size < 1e3) return `${decimalText(ms)}ms`;
  const [seconds = '', fraction] = decimalText(size, -3).split('.');
  let rest = BigInt(seconds);
  let text = ms < 0 ? '-' : '';
  for (const [name, length] of longUnits) {
    if (rest < length) continue;
    text += `${rest / length}${name}`;
    rest %= length;
  }
  if (rest === 0n && fraction === undefined) return text;
  return `${text}${rest}${fraction === undefined ? '' : `.${fraction}`}s`;
}

/** For people, who can do without the rest: three figures below a second, milliseconds from there on. */
export function roundedDuration(ms: number): string {
  const whole = Math.abs(ms) < 1000 ? Number(ms.toPrecision(3)) : Math.round(ms);
  return formatDuration(Math.abs(whole) < 1e-6 ? 0 : whole);
}

const longUnits: readonly (readonly [string, bigint])[] = [
  ['d', 86_400n],
  ['h', 3_600n],
  ['m', 60n],
];

/** A bare 0 is a duration too; in `lognormal 0 p99 1s` the word behind it is not a unit of it. */
function isUnitNext(scanner: Scanner): boolean {
  const [, blanks, word = ''] = /^(\s*)([A-Za-zµμ]*)/.exec(scanner.text.slice(scanner.at)) ?? [];
  return word !== '' && (blanks === '' || units.has(word));
}

function isSmaller(a: Unit, b: Unit): boolean {
  return a.power < b.power || (a.power === b.power && a.times < b.times);
}
