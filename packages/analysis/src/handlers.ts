/** What a process was doing when it took a step. */
import { type Run, receiveStep, sendStep } from './run.ts';

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

/** For every message the result of `handlerOpenAt` for its sending. Goes through the steps once. */
export function handlersOfSends(run: Run): Int32Array {
  const { steps, processes } = run;
  const during = new Int32Array(run.messageCount).fill(-1);
  for (const owner of processes) {
    /** Receptions whose handlers may be running: some until a moment, others indefinitely. */
    let ending: number[] = [];
    const endless: number[] = [];
    for (const step of owner.steps) {
      const message = steps.message.rows[step]!;
      const kind = steps.kind.rows[step];
      if (kind === receiveStep && run.reception(step) === 'handled') {
        (Number.isNaN(steps.endedMs.rows[step]!) ? endless : ending).push(step);
      }
      if (kind !== sendStep || message < 0) continue;
      const atMs = steps.atMs.rows[step]!;
      ending = ending.filter((earlier) => steps.endedMs.rows[earlier]! >= atMs);
      if (ending.length + endless.length !== 1) continue;
      during[message] = steps.message.rows[ending[0] ?? endless[0]!]!;
    }
  }
  return during;
}
