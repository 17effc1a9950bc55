/** Unique ids: `generate` → `{id}`. */
import { knownAs, type LoadOptions, readPace, type Workload } from './workload.ts';

export function idsLoad(options: LoadOptions): Workload {
  return knownAs('ids', options, {
    name: 'ids',
    pace: readPace(options),
    finalReads: [],
    script: () => ({ next: () => ({ type: 'generate' }) }),
  });
}
