/** The options of every load. Those that a plan gives beside the workload are declared in plans. */
import { LoadSchema } from '@faultline/plans/data';
import { type TSchema, Type } from 'typebox';
import type { LoadOptions } from './workload.ts';

const { workload: _, options: __, keys, ...besideTheWorkload } = LoadSchema.properties;

export const loadOptions = {
  ...besideTheWorkload,
  seed: Type.Optional(
    Type.Union([Type.String(), Type.Number()], {
      description: 'combined with the seed of the cluster: another seed, other operations',
    }),
  ),
} satisfies Readonly<Record<keyof LoadOptions, TSchema>>;

/** What a workload with keys takes besides; the workload declares how many there are by default. */
export const keysOption: TSchema = keys;
