/**
 * Matchers for `expect.extend`, of vitest and of Jest: the same functions for both. Which there are,
 * what each takes and what it asks is declared beside the checks, in the history package.
 */
import { inspect } from 'node:util';
import { type History, type Question, questions, runCheck } from '@faultline/history';
import { FaultlineError } from '@faultline/protocol';
import { askedCheck } from '../replay/asked-check.ts';
import { type Outcome, outcomeOf } from './outcome.ts';

/** What both runners bind `this` to. */
interface Context {
  readonly isNot?: boolean;
}

type Questions = typeof questions;

type Declared<R> = {
  readonly [Name in keyof Questions]: (...args: Parameters<Questions[Name]>) => R;
};

/** What `expect(history)` has beside the runner's own matchers. */
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
    return outcomeOf(history, result, promise, askedCheck(question), this.isNot === true);
  };
}

/** Says in one line what was given in the place of a history. */
function requireHistory(matcher: string, given: unknown): asserts given is History {
  const isHistory = Array.isArray((given as Partial<History> | null | undefined)?.operations);
  if (isHistory) return;
  const what = given instanceof Promise ? 'a promise: wait for it, with await' : shown(given);
  throw new FaultlineError(
    'BAD_REQUEST',
    `${matcher}: expected a history, as \`await cluster.load(…)\` answers, got ${what}`,
  );
}

const shown = (given: unknown): string => inspect(given, { depth: 0, breakLength: Infinity });
