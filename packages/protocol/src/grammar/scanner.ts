/**
 * Reads a short text from left to right. Every parser of the grammar is a few calls of this; none
 * backtracks, and none reads more than `textLengthMax` characters, so no text can keep it busy.
 */
import { type ErrorCode, FaultlineError } from '../errors.ts';
import { type Misfit, misfit } from './misfit.ts';

const textLengthMax = 65_536;

export class Scanner {
  readonly text: string;
  readonly code: ErrorCode;
  /** Offset of the next character. Invariant: 0 <= at <= text.length. */
  at = 0;

  constructor(text: string, code: ErrorCode) {
    // Callers in plain JavaScript, and JSON that no schema has seen, bring other things than text.
    if (typeof text !== 'string') {
      const got = text === null ? 'null' : typeof text;
      throw new FaultlineError(code, `expected a text, got ${got}`, { expected: 'a text' });
    }
    this.text = text;
    this.code = code;
    if (text.length > textLengthMax) {
      throw this.expected(`the end after ${textLengthMax} characters`, { at: textLengthMax });
    }
  }

  spaces(): void {
    this.run(/\s*/y);
  }

  isAtEnd(): boolean {
    return this.at === this.text.length;
  }

  sees(literal: string): boolean {
    return this.text.startsWith(literal, this.at);
  }

  take(literal: string): boolean {
    if (!this.sees(literal)) return false;
    this.at += literal.length;
    return true;
  }

  /** Takes what a sticky pattern matches here; '' if nothing. */
  run(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const matched = pattern.exec(this.text)?.[0] ?? '';
    this.at += matched.length;
    return matched;
  }

  /** Only blanks may follow. */
  end(after?: string): void {
    this.spaces();
    if (!this.isAtEnd()) throw this.expected('the end', after === undefined ? {} : { after });
  }

  /** The error to throw. Default position: the next character. */
  expected(expected: string, more: Partial<Misfit> = {}): FaultlineError {
    return misfit(this.code, { text: this.text, at: this.at, expected, ...more });
  }
}
