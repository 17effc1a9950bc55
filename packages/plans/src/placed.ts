/** Each action of a plan with its place in the file, for what is known only of all of them together. */
import type { Fields } from './fields.ts';
import type { Action, Plan, Step } from './plan.ts';
import { inside, type Path } from './problem.ts';

export interface Placed {
  readonly action: Action;
  /** Null for what comes before the load. */
  readonly step: Step | null;
  readonly path: Path;
}

export type Acts = Pick<Plan, 'before' | 'steps'>;

/** `written`: the steps as they stand in the file, where one action need not be a list. */
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

/** What is wrong there is then wrong at that place. */
export const insideAll = (path: Path, act: () => void): void =>
  path.reduceRight<() => void>((inner, key) => () => inside(key, inner), act)();
