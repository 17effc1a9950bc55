/**
 * Sizes (`64kB`, `1MiB`, `100`) and rates (`100kB/s`, `1mbit`), in bytes and bytes per second.
 * B is bytes and bit is bits; k, M, G, T are powers of 1000 and Ki, Mi, Gi, Ti of 1024. A prefix may
 * be written in either case, since milli makes no sense here. What would be a guess is refused: `b` could
 * be either, and tc's `kbps` is kilobytes where everyone else's is kilobits.
 */
import { scaled, scanDecimal } from './decimal.ts';
import { Scanner } from './scanner.ts';

const rateForm = 'a rate such as 100kB/s or 1mbit';
const rateUnit = 'a unit such as kB/s, MB/s, kbit or mbit';
const sizeForm = 'a size such as 64kB or 1MiB';
const sizeUnit = 'a unit (B, kB, MB, GB, KiB, MiB, GiB)';

interface Quantity {
  readonly number: string;
  readonly unitAt: number;
  readonly unit: string;
  readonly isBits: boolean;
  /** What was written, in the unit's own words: bits or bytes. */
  readonly amount: number;
}

export function parseRate(text: string): number {
  const scanner = new Scanner(text, 'BAD_RATE');
  scanner.spaces();
  const start = scanner.at;
  const { number, unit, isBits, amount } = scanQuantity(scanner, rateForm, rateUnit);
  if (unit === '') {
    throw scanner.expected(rateUnit, {
      after: number,
      hint: `write ${number}kB/s or ${number}kbit`,
    });
  }
  // `1mbit` is how tc and the people who sell lines write a rate; `1MB` without /s is a size.
  if (!scanner.take('/s') && !isBits) {
    throw scanner.expected('/s', { after: `${number}${unit}` });
  }
  const bytesPerSecond = isBits ? amount / 8 : amount;
  if (bytesPerSecond === 0 || bytesPerSecond > Number.MAX_SAFE_INTEGER) {
    throw scanner.expected('a rate above 0 and below 9 PB/s', { at: start });
  }
  scanner.end(scanner.text.slice(start, scanner.at));
  return bytesPerSecond;
}

export function parseSize(text: string): number {
  const scanner = new Scanner(text, 'BAD_SIZE');
  scanner.spaces();
  const start = scanner.at;
  const { number, unitAt, isBits, amount } = scanQuantity(scanner, sizeForm, sizeUnit);
  if (isBits) {
    throw scanner.expected(sizeUnit, { at: unitAt, after: number, hint: 'a size counts bytes' });
  }
  if (!Number.isSafeInteger(amount)) {
    throw scanner.expected('a whole number of bytes below 9 PB', { at: start });
  }
  scanner.end(scanner.text.slice(start, scanner.at));
  return amount;
}

function scanQuantity(scanner: Scanner, form: string, unitNames: string): Quantity {
  const number = scanDecimal(scanner);
  if (number === '') {
    const hint = /[-−]/y.test(scanner.text.slice(scanner.at))
      ? { hint: 'it is never negative' }
      : {};
    throw scanner.expected(form, hint);
  }
  scanner.spaces();
  const unitAt = scanner.at;
  const unit = scanner.run(/[A-Za-z]+/y);
  if (unit === '') return { number, unitAt, unit, isBits: false, amount: Number(number) };
  const [, prefix, base] = /^(k|m|g|t|ki|mi|gi|ti)?(B|bit)$/i.exec(unit) ?? [];
  const isBits = base?.toLowerCase() === 'bit';
  if (base === undefined || base === 'b') {
    const [, start] = /^((?:[kmgt]i?)?)(?:b|bps)$/i.exec(unit) ?? [];
    const hint =
      start === undefined ? {} : { hint: `write ${start}B for bytes or ${start}bit for bits` };
    throw scanner.expected(unitNames, { at: unitAt, after: number, ...hint });
  }
  const power = ' kmgt'.indexOf(prefix?.charAt(0).toLowerCase() ?? ' ');
  const isBinary = prefix?.length === 2;
  const amount = isBinary ? Number(number) * 1024 ** power : scaled(number, 3 * power);
  return { number, unitAt, unit, isBits, amount };
}
