/** What a matcher of a test asks: which check, with which options. */
import type { Check, CheckContext, CheckOptions } from './check.ts';

export interface Question {
  readonly check: Check;
  readonly options: CheckOptions;
  readonly context?: CheckContext;
  /** The options as a plan says them, null where it cannot; `options` if omitted. */
  readonly said?: CheckOptions | null;
  /** Completes "expected the history to …"; the check's own if omitted. */
  readonly promise?: string;
}

/** Without what is undefined, and without the options that the name of the check says already. */
export function given(options: object, ...except: readonly string[]): CheckOptions {
  return Object.fromEntries(
    Object.entries(options).filter(
      ([name, value]) => value !== undefined && !except.includes(name),
    ),
  );
}
