/** Probabilities: `5%`, `0.1%` or `0.05`. Always a number from 0 to 1 on the inside. */
import { decimalText, scaled, scanDecimal } from './decimal.ts';
import { Scanner } from './scanner.ts';

const form = 'a percentage such as 5% or a probability such as 0.05';

export function parsePercent(text: string): number {
  const scanner = new Scanner(text, 'BAD_PERCENT');
  scanner.spaces();
  if (scanner.sees('-') || scanner.sees('−')) {
    throw scanner.expected(form, { hint: 'a probability is never negative' });
  }
  const start = scanner.at;
  const number = scanDecimal(scanner);
  if (number === '') throw scanner.expected(form);
  scanner.spaces();
  const isPercent = scanner.take('%');
  const probability = scaled(number, isPercent ? -2 : 0);
  if (probability > 1) {
    const hint = isPercent || probability > 100 ? undefined : `write ${number}%`;
    throw scanner.expected(
      isPercent ? 'at most 100%' : 'a probability of at most 1, or a % sign,',
      {
        at: start,
        ...(hint === undefined ? {} : { hint }),
      },
    );
  }
  scanner.end(isPercent ? '%' : number);
  return probability;
}

export function formatPercent(probability: number): string {
  return Number.isFinite(probability) ? `${decimalText(probability, 2)}%` : String(probability);
}
