import { FaultlineError } from '@faultline/protocol';
import type { NodeProcess } from './node-process.ts';

/** `why` completes "n1 runs a program without our SDK: …". Throws NODE_CANNOT for such a program. */
export function requireSdk({ id, hasSdk }: NodeProcess, why: string): void {
  if (hasSdk) return;
  throw new FaultlineError('NODE_CANNOT', `${id} runs a program without our SDK: ${why}`, {
    node: id,
  });
}
