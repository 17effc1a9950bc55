export { alreadyOverCodes } from './actions/heal-nodes.ts';
export { Cluster } from './cluster.ts';
export { type AtRest, comesToRest, nothingWaits } from './members/rest.ts';
export type { RestartPolicy } from './nodes/back-off.ts';
export { type BundleOptions, bundle } from './programs/bundle.ts';
export { placedPrograms, placing } from './programs/program.ts';
export * from './registry.ts';
export { type Supervised, type SuperviseOptions, supervise } from './supervise.ts';
