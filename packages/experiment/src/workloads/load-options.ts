/** The options of every load. The plans package declares those that a plan gives beside the workload. */
import { LoadSchema } from '@faultline/plans/data';
import { type TSchema, Type } from 'typebox';
import type { LoadOptions } from './workload.ts';

const { workload: _, options: __, keys, ...besideTheWorkload } = LoadSchema.properties;

export const loadOptions = {
  ...besideTheWorkload,
  seed: Type.Optional(
    Type.Union([Type.String(), Type.Number()], {
      description:
        'combined with the seed of the cluster: a different seed makes different operations',
    }),
  ),
} satisfies Readonly<Record<keyof LoadOptions, TSchema>>;

/** The additional option of a workload with keys; the workload declares its default. */
export const keysOption: TSchema = keys;
