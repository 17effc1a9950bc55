/**
 * Decimal numbers without binary surprises. Texts are scaled by moving the decimal point, never by
 * multiplying, so that 0.3us is the number nearest to 0.0003 and formatting what was parsed gives the
 * same number back.
 */
import type { Scanner } from './scanner.ts';

/** An unsigned decimal such as 5 or 1.5, as text; '' if there is none here. */
export function scanDecimal(scanner: Scanner): string {
  return scanner.run(/\d+(?:\.\d+)?/y);
}

/** 1, -1, and 1 where no sign stands. */
export function scanSign(scanner: Scanner): 1 | -1 {
  if (scanner.take('-') || scanner.take('−')) return -1;
  scanner.take('+');
  return 1;
}

/** The number nearest to `decimal` × 10^power. */
export function scaled(decimal: string, power: number): number {
  return Number(`${decimal}e${power}`);
}

/** `value` × 10^power in plain digits, with as many as it takes to get `value` back, and no exponent. */
export function decimalText(value: number, power = 0): string {
  if (value === 0) return '0';
  const [mantissa = '', exponent = ''] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const wholeDigits = 1 + Number(exponent) + power;
  const padded = digits.padStart(digits.length + Math.max(0, 1 - wholeDigits), '0');
  const point = Math.max(1, wholeDigits);
  const whole = padded.slice(0, point).padEnd(point, '0');
  const fraction = padded.slice(point).replace(/0+$/, '');
  return (value < 0 ? '-' : '') + (fraction === '' ? whole : `${whole}.${fraction}`);
}
