/** Unique ids: `generate` → `{id}`. */
import { type LoadOptions, readPace, type Workload } from './workload.ts';

export function idsLoad(options: LoadOptions): Workload {
  return {
    name: 'ids',
    pace: readPace(options),
    finalReads: [],
    script: () => ({ next: () => ({ type: 'generate' }) }),
  };
}
