/** Each action of a plan with its place in the file, for checks across all actions. */
import type { Fields } from './fields.ts';
import type { Action, Plan, Step } from './plan.ts';
import { inside, type Path } from './problem.ts';

export interface Placed {
  readonly action: Action;
  /** Null for actions before the load. */
  readonly step: Step | null;
  readonly path: Path;
}

export type Acts = Pick<Plan, 'before' | 'steps'>;

/** `written`: the steps as they are in the file, where a single action need not be a list. */
export function placedActions({ before = [], steps }: Acts, written: unknown): Placed[] {
  return [
    ...before.map((action, i) => ({ action, step: null, path: ['before', i] })),
    ...steps.flatMap((step, at) => {
      const { do: actions } = (written as readonly Fields[])[at]!;
      const place = (i: number): Path => [
        'steps',
        at,
        'do',
        ...(Array.isArray(actions) ? [i] : []),
      ];
      return step.do.map((action, i) => ({ action, step, path: place(i) }));
    }),
  ];
}

/** Adds the place to any problem that is thrown. */
export const insideAll = (path: Path, act: () => void): void =>
  path.reduceRight<() => void>((inner, key) => () => inside(key, inner), act)();
