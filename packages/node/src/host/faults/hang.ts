/** Blocks the event loop: nothing runs, nothing is read, no timer fires. It burns no CPU. */
import type { ProcessFault } from './process-fault.ts';

export const hang: ProcessFault =
  ({ report, trueNow }) =>
  ({ forMs }) => {
    const fromMs = trueNow();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(forMs));
    report({ forMs: Math.round(trueNow() - fromMs) });
  };
