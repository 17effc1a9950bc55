export type { RestartPolicy } from './back-off.ts';
export { type BundleOptions, bundle } from './bundle.ts';
export { Cluster } from './cluster.ts';
export { placing } from './program.ts';
export * from './registry.ts';
export { type Supervised, type SuperviseOptions, supervise } from './supervise.ts';
