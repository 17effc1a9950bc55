/**
 * A fault that a process brings about in itself on request. The program is not asked; it meets what
 * follows, as it would in earnest. One fault is one file here plus one line in `registry.ts`, under the
 * name of its verb.
 */
import type { Facts } from '@faultline/protocol';

/** Runs something later, in true time. */
export type Later = (run: () => void, ms: number) => unknown;

interface ProcessFaultParts {
  /** Sends the supervisor what has come of the fault so far. */
  readonly report: (facts: Facts) => void;
  readonly trueNow: () => number;
  readonly later: Later;
}

/** Called once when the process starts; what it returns is called with each order of the supervisor. */
export type ProcessFault = (parts: ProcessFaultParts) => (order: Facts) => void;
