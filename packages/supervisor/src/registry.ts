/** Finding clusters, for those who do not start any: light to load. */
export { listClusters, readClusterFile } from './cluster-file.ts';
export { type ClusterPaths, clusterPaths, stateDir } from './paths.ts';
