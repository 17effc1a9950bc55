/** What a process was doing when it took a step. */
import type { Run } from './run.ts';

/** The one message whose handler was at work when its process took the step; -1 for none or several. */
export function handlerOpenAt(run: Run, step: number): number {
  const { steps, processes } = run;
  const own = processes[steps.owner.rows[step]!]!.steps;
  const atMs = steps.atMs.rows[step]!;
  let found = -1;
  for (let place = 0; place < steps.place.rows[step]!; place++) {
    const earlier = own[place]!;
    if (run.kind(earlier) !== 'receive' || run.reception(earlier) !== 'handled') continue;
    if (steps.endedMs.rows[earlier]! < atMs) continue;
    if (found >= 0) return -1;
    found = steps.message.rows[earlier]!;
  }
  return found;
}
