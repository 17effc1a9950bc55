/** The router lets them go. */
import type { ClusterPerformer } from './perform.ts';

export const release: ClusterPerformer<'release'> = {
  perform: async ({ holds }, asked) => ({ released: await holds.release(asked) }),
};
