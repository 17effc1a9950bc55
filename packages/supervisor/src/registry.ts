/** Finds clusters, for callers that do not start any: light to load. */
export {
  type ClaimedFile,
  isRunning,
  listClusters,
  readClusterFile,
} from './state/cluster-file.ts';
export { type ClusterPaths, clusterPaths, stateDir, toolCacheDir } from './state/paths.ts';
