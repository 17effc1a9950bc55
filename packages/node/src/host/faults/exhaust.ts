/** Descriptors that are open for nothing. An order's `count`: how many; null: all that there are. */
import { closeSync, openSync } from 'node:fs';
import type { ProcessFault } from './process-fault.ts';

/** More than any process has by default on the systems that this runs on. */
const descriptorsMax = 65_536;

export const exhaust: ProcessFault = ({ report }) => {
  const open: number[] = [];
  return ({ count }) => {
    const most = Math.min(typeof count === 'number' ? count : descriptorsMax, descriptorsMax);
    for (const descriptor of open.splice(most)) closeSync(descriptor);
    let errno: string | null = null;
    while (open.length < most && errno === null) {
      try {
        open.push(openSync('/dev/null', 'r'));
      } catch (error) {
        errno = (error as NodeJS.ErrnoException).code ?? 'UNKNOWN';
      }
    }
    report({ count: open.length, errno });
  };
};
