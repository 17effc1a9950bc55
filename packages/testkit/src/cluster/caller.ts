/**
 * Finds the line of a test that waits. A wait that times out fails in a timer, whose stack does not lead to
 * the test, so the stack is captured when the wait begins.
 */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FaultlineError } from '@faultline/protocol';

export interface Caller {
  readonly frames: string;
}

/** The caller of this method. Call it before the method's first `await`. */
export function callerOf(method: (...args: never[]) => unknown): Caller {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, method);
  return { frames: (holder.stack ?? '').split('\n').slice(1).join('\n') };
}

/** The place of the call, relative to the working directory: `store.test.ts:12`. */
export function placeOf({ frames }: Caller): string | undefined {
  const [, named, line] = /^ +at (?:.* \()?([^()\s]*):(\d+):\d+\)?$/m.exec(frames) ?? [];
  if (named === undefined) return undefined;
  const path = named.startsWith('file:') ? fileURLToPath(named) : named;
  return `${relative(process.cwd(), path)}:${line}`;
}

/** Gives an error the stack of the call, so that a test runner shows its line. */
export function thrownFrom(error: FaultlineError, { frames }: Caller): FaultlineError {
  error.stack = `${error.name}: ${error.message}\n${frames}`;
  return error;
}
