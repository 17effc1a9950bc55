/** What is asked of `crash`, checked. Pure. */
import { type Crash, type CrashWhen, FaultlineError, parseCrashPoint } from '@faultline/protocol';

/** Null: no crash any more. Throws BAD_REQUEST. */
export function readCrash({ when, after, off }: Crash): CrashWhen | null {
  if (off === true) {
    if (when === undefined && after === undefined) return null;
    throw new FaultlineError('BAD_REQUEST', 'off cancels the crash: it takes nothing beside it');
  }
  if (when === undefined) {
    throw new FaultlineError(
      'BAD_REQUEST',
      "expected the point at which to crash, such as --when 'sends TYPE', or --off",
    );
  }
  return { point: parseCrashPoint(when), after: after ?? 0 };
}
