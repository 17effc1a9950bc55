/** A counter: `add {delta}`, `read` → `{value}`. */
import { counter } from '@faultline/history';
import { type Static, Type } from 'typebox';
import { readyWorkload, share } from './define.ts';
import type { LoadOptions } from './workload.ts';

const options = Type.Object({
  reads: share('share of reads', 0.2),
  decrements: Type.Optional(
    Type.Boolean({ default: false, description: 'whether some deltas are negative' }),
  ),
});

export type CounterLoadOptions = LoadOptions & Static<typeof options>;

export const counterWorkload = readyWorkload({
  name: 'counter',
  summary: 'add to one counter, and read it',
  options,
  asks: ['add', 'read'],
  model: counter,
  checks: ['counter'],
  clients: ({ reads, decrements }) => ({
    finalReads: [{ type: 'read' }],
    script: () => ({
      next(_, draw) {
        if (draw(0) < reads) return { type: 'read' };
        const size = 1 + Math.floor(draw(1) * 5);
        return { type: 'add', delta: decrements && draw(2) < 0.5 ? -size : size };
      },
    }),
  }),
});

export const counterLoad = counterWorkload.load;
