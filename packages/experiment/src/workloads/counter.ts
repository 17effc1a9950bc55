/** A counter: `add {delta}`, `read` → `{value}`. */
import { knownAs, type LoadOptions, readPace, type Workload } from './workload.ts';

export interface CounterLoadOptions extends LoadOptions {
  /** Share of reads; default 0.2. */
  readonly reads?: number;
  /** Whether some deltas are below 0; default false. */
  readonly decrements?: boolean;
}

export function counterLoad(options: CounterLoadOptions): Workload {
  const { reads = 0.2, decrements = false } = options;
  return knownAs('counter', options, {
    name: 'counter',
    pace: readPace(options),
    finalReads: [{ type: 'read' }],
    script: () => ({
      next(_, draw) {
        if (draw(0) < reads) return { type: 'read' };
        const size = 1 + Math.floor(draw(1) * 5);
        return { type: 'add', delta: decrements && draw(2) < 0.5 ? -size : size };
      },
    }),
  });
}
