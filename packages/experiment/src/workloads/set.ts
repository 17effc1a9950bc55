/** A set: `add {element}`, `read` → `{value: [elements]}`. Each element is added once. */
import { knownAs, type LoadOptions, readPace, uniqueValue, type Workload } from './workload.ts';

export interface SetLoadOptions extends LoadOptions {
  /** Share of reads; default 0.2. */
  readonly reads?: number;
}

export function setLoad(options: SetLoadOptions): Workload {
  const { reads = 0.2 } = options;
  return knownAs('set', options, {
    name: 'set',
    pace: readPace(options),
    finalReads: [{ type: 'read' }],
    script: (client) => ({
      next: (n, draw) =>
        draw(0) < reads ? { type: 'read' } : { type: 'add', element: uniqueValue(client, n) },
    }),
  });
}
