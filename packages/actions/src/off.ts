/** The option `off`, with which a verb ends its earlier effect. */
import { FaultlineError } from '@faultline/protocol';

/**
 * Whether the fault should end. `does`: what `off` does, as in "closes the descriptors". Throws
 * BAD_REQUEST if another option is given with it.
 */
export function isOff(
  { off, ...options }: { readonly off?: boolean | undefined },
  does: string,
): boolean {
  if (off !== true) return false;
  const others = Object.entries(options).filter(([, value]) => value !== undefined);
  if (others.length === 0) return true;
  const names = others.map(([name]) => name);
  throw new FaultlineError(
    'BAD_REQUEST',
    `off ${does}: expected no other option, got ${names.join(', ')}`,
    { options: names },
  );
}
