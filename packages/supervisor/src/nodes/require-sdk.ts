import { FaultlineError } from '@faultline/protocol';
import type { NodeProcess } from './node-process.ts';

/** `why` completes "n1 runs a program without our SDK: …". Throws NODE_CANNOT. */
export function requireSdk({ id, isProgramOurs }: NodeProcess, why: string): void {
  if (isProgramOurs) return;
  throw new FaultlineError('NODE_CANNOT', `${id} runs a program without our SDK: ${why}`, {
    node: id,
  });
}
