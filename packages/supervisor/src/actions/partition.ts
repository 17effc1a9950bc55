/** One rule that cuts, in the place of an earlier one's. */
import type { ClusterPerformer } from './perform.ts';

export const partition: ClusterPerformer<'partition'> = {
  perform: ({ rules }, asked) =>
    rules.change((list, context, nowMs) => list.partition(asked, context, nowMs)),
};
