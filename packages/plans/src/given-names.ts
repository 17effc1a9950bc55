/**
 * Names that actions are given with `as`, and by which `undo` and `unlink` take them back. When a step
 * comes is known only while it runs, so a step may name what any action is called; what comes before the
 * load is done in its order, and names what came before it.
 */
import { nearest, shown } from '@faultline/protocol/fit';
import { verbOf } from './actions.ts';
import { type Acts, insideAll, placedActions } from './placed.ts';
import type { Action } from './plan.ts';
import { Problem } from './problem.ts';

type TakingBack = 'undo' | 'unlink';

/** Those that name what nothing is called; with the names that there are. */
export function namingNothing({ before = [], steps }: Acts): Map<Action, readonly string[]> {
  const names = { undo: new Set<unknown>(), unlink: new Set<unknown>() };
  const found = new Map<Action, readonly string[]>();
  const give = (action: Action): void => {
    if (action.as === undefined) return;
    names.undo.add(action.as);
    if (verbOf(action) === 'link') names.unlink.add(action.as);
  };
  const look = (action: Action): void => {
    const verb = takingBack(action);
    if (verb === null || names[verb].has(action[verb])) return;
    found.set(action, [...names[verb]].map(String));
  };
  for (const action of before) {
    look(action);
    give(action);
  }
  const played = steps.flatMap((step) => step.do);
  for (const action of played) give(action);
  for (const action of played) look(action);
  return found;
}

/** `written`: the steps as they stand in the file. Throws a problem. */
export function requireNames(plan: Acts, written: unknown): void {
  const found = namingNothing(plan);
  for (const { action, step, path } of placedActions(plan, written)) {
    const there = found.get(action);
    if (there === undefined) continue;
    const verb = takingBack(action)!;
    const name = String(action[verb]);
    const who = `${verb === 'unlink' ? 'link action' : 'action'}${step === null ? ' before it' : ''}`;
    insideAll([...path, verb], () => {
      throw new Problem(`no ${who} has the name ${shown(name)}; ${hintOf(name, there)}`);
    });
  }
}

const takingBack = ({ undo, unlink }: Action): TakingBack | null =>
  undo !== undefined ? 'undo' : unlink !== undefined ? 'unlink' : null;

function hintOf(name: string, there: readonly string[]): string {
  const meant = nearest(name, there);
  if (meant !== undefined) return `did you mean ${meant}?`;
  if (there.length === 0) return `give it one with as: ${name}`;
  return `there ${there.length === 1 ? 'is' : 'are'} ${there.join(', ')}`;
}
