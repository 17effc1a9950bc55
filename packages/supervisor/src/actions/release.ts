/** Makes the router release held messages. */
import type { ClusterPerformer } from './perform.ts';

export const release: ClusterPerformer<'release'> = {
  perform: async ({ holds }, request) => ({ released: await holds.release(request) }),
};
