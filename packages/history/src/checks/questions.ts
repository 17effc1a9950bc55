/** The check of each matcher, by the matcher's name. */
import { availabilityMatchers } from './availability.ts';
import { conservationMatchers } from './conservation.ts';
import { consistencyMatchers } from './consistency.ts';
import { convergenceMatchers } from './convergence.ts';
import { counterMatchers } from './counters.ts';
import { effectsMatchers } from './effects.ts';
import { exclusionMatchers } from './exclusion.ts';
import { growingReadsMatchers } from './growing-reads.ts';
import { latencyMatchers } from './latency.ts';
import { linearizableMatchers } from './linearizable.ts';
import { messagesPerOperationMatchers } from './messages-per-operation.ts';
import { passMatchers } from './pass.ts';
import { recoveryMatchers } from './recovery.ts';
import { setMatchers } from './sets.ts';
import { singleLeaderMatchers } from './single-leader.ts';
import { totalOrderMatchers } from './total-order.ts';
import { uniqueIdsMatchers } from './unique-ids.ts';

export const questions = {
  ...linearizableMatchers,
  ...consistencyMatchers,
  ...growingReadsMatchers,
  ...setMatchers,
  ...counterMatchers,
  ...uniqueIdsMatchers,
  ...effectsMatchers,
  ...totalOrderMatchers,
  ...exclusionMatchers,
  ...singleLeaderMatchers,
  ...conservationMatchers,
  ...convergenceMatchers,
  ...availabilityMatchers,
  ...latencyMatchers,
  ...messagesPerOperationMatchers,
  ...recoveryMatchers,
  ...passMatchers,
};
