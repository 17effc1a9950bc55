/**
 * Times of a plan that may vary: a duration, or a distribution as delays have it, such as `1s..3s`,
 * `exp 500ms` or `2s ± 500ms`. What is drawn follows from the plan's seed and from where the time stands.
 */
import { deriveKey, parseDistribution, uniform } from '@faultline/faults';
import { duration } from './fields.ts';
import { Problem } from './problem.ts';

const dayMs = 86_400_000;

/** In one spelling. Throws a problem, and BAD_DISTRIBUTION. */
export function readTime(value: unknown, { mayBeZero = false } = {}): string {
  if (typeof value !== 'string' || !isDistribution(value)) return duration(value, { mayBeZero });
  const { text, quantile } = parseDistribution(value);
  if (quantile(0) <= dayMs) return text;
  throw new Problem(`expected a time of at most a day, got ${JSON.stringify(value)}`);
}

/** A plain duration begins with a digit, and has nothing between two. */
const isDistribution = (text: string): boolean => /^\s*[a-z]|\.\.|±|\+-|\+\/-/i.test(text);

/** In ms. `place`: where it stands, such as step, turn and field; the same place draws the same. */
export function drawTimeMs(
  text: string,
  seed: string | undefined,
  ...place: readonly (string | number)[]
): number {
  const key = deriveKey(seed ?? '', 'plan time', ...place.map(String));
  return parseDistribution(text).quantile(uniform(key, 0, 0));
}
