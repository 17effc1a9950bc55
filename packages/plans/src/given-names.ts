/**
 * Names that actions get with `as`, and with which `undo` and `unlink` refer to them. The order of steps is
 * known only while the plan runs, so a step may refer to any action; actions before the load run in order,
 * and may refer only to earlier ones.
 */
import { nearest, shown } from '@faultline/protocol/fit';
import { verbOf } from './actions.ts';
import { type Acts, insideAll, placedActions } from './placed.ts';
import type { Action } from './plan.ts';
import { Problem } from './problem.ts';

type TakingBack = 'undo' | 'unlink';

/** References to names that no action has, with the existing names. */
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

/** `written`: the steps as they are in the file. Throws a Problem. */
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
  if (there.length === 0) return `give an action that name with as: ${name}`;
  return `there ${there.length === 1 ? 'is' : 'are'} ${there.join(', ')}`;
}
