import { expect } from 'vitest';
import { type ErrorCode, FaultlineError } from '../../src/errors.ts';

/** The error that was thrown, which must have a code. */
export function refusal(act: () => unknown): FaultlineError {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(FaultlineError);
    return error as FaultlineError;
  }
  throw new Error('expected a refusal and there was none');
}

export function expectRefusal(act: () => unknown, code: ErrorCode, message: string): void {
  const error = refusal(act);
  expect(error.message).toBe(message);
  expect(error.code).toBe(code);
}
