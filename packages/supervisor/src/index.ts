export { type BundleOptions, bundle } from './bundle.ts';
export { Cluster } from './cluster.ts';
export { listClusters, readClusterFile } from './cluster-file.ts';
export { type ClusterPaths, clusterPaths, stateDir } from './paths.ts';
export { type Supervised, type SuperviseOptions, supervise } from './supervise.ts';
