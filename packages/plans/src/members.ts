/**
 * Which nodes a plan may name: those that its cluster starts with, and those that it adds. The order of
 * steps is known only while the plan runs, so any step may name any of them; if the node does not exist
 * at that time, the action fails and the report says so.
 */
import { nodesMax, parseNewNodes } from '@faultline/protocol';
import { isObject } from './fields.ts';
import { insideAll, placedActions } from './placed.ts';
import type { Plan } from './plan.ts';
import { Problem } from './problem.ts';

const namesUpTo = (count: number): string[] =>
  Array.from({ length: Math.min(count, nodesMax) }, (_, i) => `n${i + 1}`);

/** Works on steps that are not validated yet; their errors are reported when they are read. */
export function namesIn(nodes: number, steps: unknown): string[] {
  const { count, named } = added(steps);
  return [...new Set([...namesUpTo(nodes + count), ...named])];
}

/** A name is used only once. `written`: the steps as they are in the file. Throws a Problem. */
export function requireNewNames(
  { cluster, before = [], steps }: Pick<Plan, 'cluster' | 'before' | 'steps'>,
  written: unknown,
): void {
  const given = new Set(namesUpTo(cluster.nodes));
  const { count } = added([{ do: before }, ...steps]);
  const counted = new Set(namesUpTo(cluster.nodes + count));
  const requireNew = (names: string): void => {
    for (const name of parseNewNodes(names)) {
      if (given.has(name)) {
        throw new Problem(`a node ${name} already exists: a name is used only once`);
      }
      if (counted.has(name)) {
        throw new Problem(
          `${name} may be the name of a node that is added by number: add all by name, or all by number`,
        );
      }
      given.add(name);
    }
  };
  for (const { action, step, path } of placedActions({ before, steps }, written)) {
    const { add } = action;
    if (typeof add !== 'string') continue;
    insideAll([...path, 'add'], () => {
      if (step !== null && 'every' in step) {
        throw new Problem('a name is used only once: in a step with every, add nodes by number');
      }
      requireNew(add);
    });
  }
}

/** The maximum number of nodes added by number, and the nodes added by name. */
function added(steps: unknown): { readonly count: number; readonly named: readonly string[] } {
  const named: string[] = [];
  let count = 0;
  for (const step of Array.isArray(steps) ? steps : []) {
    if (!isObject(step)) continue;
    for (const action of Array.isArray(step.do) ? step.do : [step.do]) {
      if (!isObject(action)) continue;
      const { add } = action;
      if (typeof add === 'number') count += step.every === undefined ? add : nodesMax;
      if (typeof add === 'string') named.push(...newNames(add));
    }
  }
  return { count, named };
}

function newNames(text: string): string[] {
  try {
    return parseNewNodes(text);
  } catch {
    return [];
  }
}
