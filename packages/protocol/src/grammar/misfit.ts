/**
 * The one way in which the grammar complains: a sentence on one line that quotes the text and counts
 * the characters, and the same facts as fields, from which `pointAt` draws a caret for a terminal.
 *
 *   expected a unit (ns, us, µs, ms, s, m, h, d) after 5 at character 2 of "5x"
 */
import { type ErrorCode, type Facts, FaultlineError } from '../errors.ts';
import { printable } from './printable.ts';

/** How much of a long text is shown on either side of the offending character. */
const charactersAround = 32;
/** UTF-16 units that hold more characters than are shown: each has one or two. */
const unitsAround = 2 * (charactersAround + 2);

export interface Misfit {
  readonly text: string;
  /** Offset into `text`, in UTF-16 units; `text.length` points behind the last character. */
  readonly at: number;
  /** What would have been right there. */
  readonly expected: string;
  /** What came just before, where that makes the sentence clearer. */
  readonly after?: string;
  /** The sentence's beginning, where "expected …" would be the wrong tone. */
  readonly says?: string;
  /** What to write instead. */
  readonly hint?: string;
  readonly facts?: Facts;
}

export function misfit(code: ErrorCode, what: Misfit): FaultlineError {
  const { text, at, expected } = what;
  let message = what.says ?? `expected ${expected}`;
  if (what.after !== undefined && what.after !== '') message += ` after ${printable(what.after)}`;
  message += ` ${place(text, at)}`;
  if (what.hint !== undefined) message += `: ${what.hint}`;
  return new FaultlineError(code, message, { text, at, expected, ...what.facts });
}

/**
 * The text and, on a second line, a caret under the offending character; null for an error that is
 * not about a place in a text. Counts characters, so that a wide one shifts the caret by a column.
 */
export function pointAt(error: FaultlineError): string | null {
  const { text, at } = error.facts;
  if (typeof text !== 'string' || typeof at !== 'number') return null;
  const { shown, column } = excerpt(text, at);
  return `${shown}\n${' '.repeat(column)}^`;
}

function place(text: string, at: number): string {
  if (text === '') return 'but the text is empty';
  const { shown } = excerpt(text, at);
  if (at >= text.length) return `at the end of "${shown}"`;
  return `at character ${[...text.slice(0, at)].length + 1} of "${shown}"`;
}

function excerpt(text: string, at: number): { shown: string; column: number } {
  const before = [...printable(text.slice(Math.max(0, at - unitsAround), at))];
  const behind = [...printable(text.slice(at, at + unitsAround))];
  const isCutBefore = before.length > charactersAround + 1;
  const isCutBehind = behind.length > charactersAround + 1;
  const shownBefore = isCutBefore ? ['…', ...before.slice(-charactersAround)] : before;
  const shownBehind = isCutBehind ? [...behind.slice(0, charactersAround), '…'] : behind;
  return { shown: [...shownBefore, ...shownBehind].join(''), column: shownBefore.length };
}
