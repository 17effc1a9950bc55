/**
 * The kinds of events that the cluster itself emits, one table a topic. Those of a verb are declared with
 * the verb, and the catalog of all kinds is in the package of verbs.
 */
import { clockEvents } from './clock.ts';
import { clusterEvents } from './cluster.ts';
import type { EventTable } from './definition.ts';
import { diskEvents } from './disk.ts';
import { experimentEvents } from './experiment.ts';
import { messageEvents } from './message.ts';
import { nodeEvents } from './node.ts';
import { programEvents } from './program.ts';
import { routerEvents } from './router.ts';
import { ruleEvents } from './rule.ts';

export const baseEvents = {
  ...clusterEvents,
  ...nodeEvents,
  ...programEvents,
  ...clockEvents,
  ...diskEvents,
  ...ruleEvents,
  ...messageEvents,
  ...routerEvents,
  ...experimentEvents,
} satisfies EventTable;
