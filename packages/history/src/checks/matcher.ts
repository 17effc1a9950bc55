/** What a matcher of a test checks: the check and its options. */
import { FaultlineError } from '@faultline/protocol';
import { nearest, shown } from '@faultline/protocol/fit';
import type { Check, CheckContext, CheckOptions } from './check.ts';

export interface Question {
  readonly check: Check;
  readonly options: CheckOptions;
  readonly context?: CheckContext;
  /** The options as a plan states them, null if it cannot; `options` if omitted. */
  readonly said?: CheckOptions | null;
  /** Completes "expected the history to …"; the check's own if omitted. */
  readonly promise?: string;
}

/** The options without undefined ones, and without those that the name of the check implies. */
export function given(options: object, ...except: readonly string[]): CheckOptions {
  return Object.fromEntries(
    Object.entries(options).filter(
      ([name, value]) => value !== undefined && !except.includes(name),
    ),
  );
}

/** Throws BAD_REQUEST if the argument of a matcher is none of these words. */
export function requireWord(matcher: string, word: unknown, words: readonly string[]): void {
  if (words.includes(word as string)) return;
  const meant = typeof word === 'string' ? nearest(word, words) : undefined;
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  throw new FaultlineError(
    'BAD_REQUEST',
    `${matcher}: expected ${words.join(' or ')}, got ${shown(word)}${hint}`,
  );
}
