/** All rules go at once. */
import type { ClusterPerformer } from './perform.ts';

export const heal: ClusterPerformer<'heal'> = {
  perform: ({ rules }, { drop }) => rules.change((list) => list.clear(), { drop }),
};
