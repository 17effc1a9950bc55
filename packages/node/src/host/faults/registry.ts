/** The faults that a process can bring about in itself, by the names of their verbs. */
import { exhaust } from './exhaust.ts';
import { hang } from './hang.ts';
import { leak } from './leak.ts';
import type { ProcessFault } from './process-fault.ts';

export const processFaults: Readonly<Record<string, ProcessFault>> = { hang, leak, exhaust };
