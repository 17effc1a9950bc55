import type { Check, CheckOptions } from './check.ts';
import type { Question } from './matcher.ts';
import { readOptions } from './options.ts';
import { findCheck } from './registry.ts';

export const passMatchers = {
  /** It passes a check: a custom one from a module, or a built-in one by its name in a plan. */
  toPass(check: Check | string, options: CheckOptions = {}): Question {
    const asked = typeof check === 'string' ? findCheck(check) : check;
    return { check: asked, options: readOptions(asked, options) };
  },
};
