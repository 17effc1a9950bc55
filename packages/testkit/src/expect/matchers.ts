/**
 * Matchers for `expect.extend`, the same functions for vitest and Jest. The history package declares each
 * matcher, its arguments and its check.
 */
import { inspect } from 'node:util';
import { type History, type Question, questions, runCheck } from '@faultline/history';
import { FaultlineError } from '@faultline/protocol';
import { plannedCheck } from '../replay/planned-check.ts';
import { type Outcome, outcomeOf } from './outcome.ts';

/** The `this` of a matcher in both runners. */
interface Context {
  readonly isNot?: boolean;
}

type Questions = typeof questions;

type Declared<R> = {
  readonly [Name in keyof Questions]: (...args: Parameters<Questions[Name]>) => R;
};

/** The matchers that `expect(history)` has besides the runner's own. */
export interface FaultlineMatchers<R = void> extends Declared<R> {}

type Matchers = {
  readonly [Name in keyof Questions]: (
    this: Context,
    ...args: Parameters<Questions[Name]>
  ) => Outcome;
};

export const matchers = Object.fromEntries(
  Object.entries(questions).map(([name, ask]) => [name, matcherOf(name, ask as Ask)]),
) as Matchers;

type Ask = (...args: unknown[]) => Question;

function matcherOf(name: string, ask: Ask) {
  return function matcher(this: Context, history: unknown, ...args: unknown[]): Outcome {
    requireHistory(name, history);
    const question = ask(...args);
    const { check, options, context, promise = check.promise(options) } = question;
    const result = runCheck(check, history, options, context);
    return outcomeOf(history, result, promise, plannedCheck(question), this.isNot === true);
  };
}

/** Throws BAD_REQUEST with one line if the value is not a history. */
function requireHistory(matcher: string, given: unknown): asserts given is History {
  const isHistory = Array.isArray((given as Partial<History> | null | undefined)?.operations);
  if (isHistory) return;
  const what = given instanceof Promise ? 'a promise: add await' : shown(given);
  throw new FaultlineError(
    'BAD_REQUEST',
    `${matcher}: expected a history, as returned by \`await cluster.load(…)\`, got ${what}`,
  );
}

const shown = (given: unknown): string => inspect(given, { depth: 0, breakLength: Infinity });
