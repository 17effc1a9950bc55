/**
 * All checks. A new one is a file beside this one and a line here: plans, the command line and the
 * documents have it then, and tests assert it with `toPass` or with a matcher in `questions.ts`.
 */
import { FaultlineError } from '@faultline/protocol';
import { nearest, shown } from '@faultline/protocol/fit';
import { availabilityChecks } from './availability.ts';
import type { Check } from './check.ts';
import { conservationChecks } from './conservation.ts';
import { consistencyChecks } from './consistency.ts';
import { convergenceChecks } from './convergence.ts';
import { counterChecks } from './counters.ts';
import { effectsChecks } from './effects.ts';
import { exclusionChecks } from './exclusion.ts';
import { growingReadsChecks } from './growing-reads.ts';
import { latencyChecks } from './latency.ts';
import { linearizableChecks } from './linearizable.ts';
import { messagesPerOperationChecks } from './messages-per-operation.ts';
import { recoveryChecks } from './recovery.ts';
import { setChecks } from './sets.ts';
import { singleLeaderChecks } from './single-leader.ts';
import { totalOrderChecks } from './total-order.ts';
import { uniqueIdsChecks } from './unique-ids.ts';

export const checks: readonly Check[] = [
  ...linearizableChecks,
  ...consistencyChecks,
  ...growingReadsChecks,
  ...setChecks,
  ...counterChecks,
  ...uniqueIdsChecks,
  ...effectsChecks,
  ...totalOrderChecks,
  ...exclusionChecks,
  ...singleLeaderChecks,
  ...conservationChecks,
  ...convergenceChecks,
  ...availabilityChecks,
  ...latencyChecks,
  ...messagesPerOperationChecks,
  ...recoveryChecks,
];

const byName: ReadonlyMap<string, Check> = new Map(checks.map((check) => [check.name, check]));

/** Throws BAD_REQUEST for a name that no check has. */
export function findCheck(name: string): Check {
  const found = byName.get(name);
  if (found !== undefined) return found;
  const names = [...byName.keys()];
  const meant = nearest(name, names);
  const hint = meant === undefined ? `there are ${names.join(', ')}` : `did you mean ${meant}?`;
  throw new FaultlineError('BAD_REQUEST', `no check is called ${shown(name)}; ${hint}`);
}
