/**
 * The line of a test that waits. A wait that times out fails in a timer, where the stack leads nowhere, so
 * the stack is taken as the wait begins.
 */
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FaultlineError } from '@faultline/protocol';

export interface Caller {
  readonly frames: string;
}

/** Whoever called this method, which must not have waited for anything yet. */
export function callerOf(method: (...args: never[]) => unknown): Caller {
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, method);
  return { frames: (holder.stack ?? '').split('\n').slice(1).join('\n') };
}

/** Where the call stands: `store.test.ts:12`, as seen from the working directory. */
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
