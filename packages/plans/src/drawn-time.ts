/**
 * Times of a plan that may vary: a duration, or a distribution in the grammar of delays, such as `1s..3s`,
 * `exp 500ms` or `2s ± 500ms`. Draws follow from the plan's seed and from the position in the plan.
 */
import { deriveKey, parseDistribution, uniform } from '@faultline/faults';
import { duration } from './fields.ts';
import { Problem } from './problem.ts';

const dayMs = 86_400_000;

/** In canonical form. Throws a Problem, and BAD_DISTRIBUTION. */
export function readTime(value: unknown, { mayBeZero = false } = {}): string {
  if (typeof value !== 'string' || !isDistribution(value)) return duration(value, { mayBeZero });
  const { text, quantile } = parseDistribution(value);
  if (quantile(0) <= dayMs) return text;
  throw new Problem(`expected a time of at most a day, got ${JSON.stringify(value)}`);
}

/** A plain duration begins with a digit and is not a range. */
const isDistribution = (text: string): boolean => /^\s*[a-z]|\.\.|±|\+-|\+\/-/i.test(text);

/** In ms. `place`: the position in the plan, such as step, turn and field; the same place draws the same. */
export function drawTimeMs(
  text: string,
  seed: string | undefined,
  ...place: readonly (string | number)[]
): number {
  const key = deriveKey(seed ?? '', 'plan time', ...place.map(String));
  return parseDistribution(text).quantile(uniform(key, 0, 0));
}
