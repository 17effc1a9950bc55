/** Plans as data, for callers that need no text: the YAML parser takes longer to load than all the rest. */
import { isSeen, type Seen, seenText } from '@faultline/actions';
import { FaultlineError, loadClientsMax } from '@faultline/protocol';
import { readSeen } from './conditions.ts';
import { contextOf } from './fields.ts';
import type { Plan } from './plan.ts';
import { badPlan, pathText, problemOf, said } from './problem.ts';
import { canonicalPlan } from './read.ts';

export { readAction, type VerbName, verbOf, verbs } from './actions.ts';
export { checkForm, checkOf, checkText, exampleOf, isModule, readCheck } from './checks.ts';
export { drawTimeMs } from './drawn-time.ts';
export { LoadSchema, loadDefaults } from './load.ts';
export type * from './plan.ts';
export { withinDefault } from './plan.ts';
export { type Firing, firingsOf } from './timeline.ts';
export type { Done, Undo, Verb } from './verb.ts';
export { actionText, conditionText } from './words.ts';

export { isSeen, seenText };

/** `any becomes leader`, among these nodes. Throws BAD_REQUEST. */
export function readSeenText(text: string, nodes: readonly string[]): Seen {
  try {
    return readSeen(text, contextOf(nodes, loadClientsMax));
  } catch (thrown) {
    throw new FaultlineError('BAD_REQUEST', problemOf(thrown).message, { text });
  }
}

/** Any data as a plan. Throws BAD_PLAN. */
export function readPlan(data: unknown): Plan {
  try {
    return canonicalPlan(data);
  } catch (thrown) {
    const problem = problemOf(thrown);
    throw badPlan(said(problem), { path: pathText(problem.path) }, problem);
  }
}
