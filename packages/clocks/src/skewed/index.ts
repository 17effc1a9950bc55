export * from './changes.ts';
export { describe, isPerfect } from './describe.ts';
export {
  intervalAt,
  monotonicAt,
  offsetAt,
  trueDelayFor,
  trueWallAt,
  wallAt,
} from './readings.ts';
export { MAX_DRIFT_PPM, perfect } from './state.ts';
