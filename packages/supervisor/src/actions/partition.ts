/** One rule that cuts links, which replaces an earlier partition. */
import type { ClusterPerformer } from './perform.ts';

export const partition: ClusterPerformer<'partition'> = {
  perform: ({ rules }, request) =>
    rules.change((list, context, nowMs) => list.partition(request, context, nowMs)),
};
