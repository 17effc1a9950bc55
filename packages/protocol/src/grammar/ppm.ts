/** Drift of a clock in parts per million: `200ppm`, `-50ppm`, `1%` (which is 10000ppm). */
import { scaled, scanDecimal, scanSign } from './decimal.ts';
import { Scanner } from './scanner.ts';

const form = 'a drift such as 200ppm or -1%';

export function parsePpm(text: string): number {
  const scanner = new Scanner(text, 'BAD_PERCENT');
  scanner.spaces();
  const sign = scanSign(scanner);
  const start = scanner.at;
  const number = scanDecimal(scanner);
  if (number === '') throw scanner.expected(form);
  scanner.spaces();
  const isPercent = scanner.take('%');
  if (!isPercent && !scanner.take('ppm') && Number(number) !== 0) {
    throw scanner.expected('a unit (ppm, %)', { after: number, hint: `write ${number}ppm` });
  }
  const ppm = scaled(number, isPercent ? 4 : 0);
  if (ppm > Number.MAX_SAFE_INTEGER) throw scanner.expected('a smaller drift', { at: start });
  scanner.end(scanner.text.slice(start, scanner.at));
  return ppm === 0 ? 0 : sign * ppm;
}
