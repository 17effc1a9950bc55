/** The errors that a program meets or makes. */
import { FaultlineError, isDefiniteError, maelstromErrors } from '@faultline/protocol';

export { maelstromErrors as errorCodes };

/** An answer that says no. Codes are Maelstrom's, or a program's own from 1000 on. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly rpcCode: number;

  constructor(rpcCode: number, text: string) {
    super(text);
    this.rpcCode = rpcCode;
  }

  /** Whether the request certainly took no effect. */
  get isDefinite(): boolean {
    return isDefiniteError(this.rpcCode);
  }
}

/**
 * No answer came in time. A lost request, a lost reply, a slow node and a dead one all look like
 * this: the request may have taken effect, may yet, or may never.
 */
export class UnknownOutcome extends FaultlineError {
  override readonly name = 'UnknownOutcome';
  readonly isDefinite = false;

  constructor(dest: string, type: string, timeoutMs: number) {
    super(
      'CALL_UNKNOWN',
      `${dest} did not answer ${type} within ${timeoutMs} ms: it may or may not have taken effect`,
      { dest, type, timeoutMs },
    );
  }
}
