/**
 * Which nodes a plan may name: those that its cluster begins with, and those that it adds. When a
 * step comes is known only while it runs, so a node may be named in any step; where it is not there yet,
 * or not any more, that action fails and the report says so.
 */
import { nodesMax, parseNewNodes } from '@faultline/protocol';
import { isObject } from './fields.ts';
import { insideAll, placedActions } from './placed.ts';
import type { Plan } from './plan.ts';
import { Problem } from './problem.ts';

const namesUpTo = (count: number): string[] =>
  Array.from({ length: Math.min(count, nodesMax) }, (_, i) => `n${i + 1}`);

/** Of steps that nobody has read yet: what is wrong with them is told by whoever reads them. */
export function namesIn(nodes: number, steps: unknown): string[] {
  const { count, named } = added(steps);
  return [...new Set([...namesUpTo(nodes + count), ...named])];
}

/** A name is given once. `written`: the steps as they stand in the file. Throws a problem. */
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
        throw new Problem(`there is a node ${name} already: a name is given once`);
      }
      if (counted.has(name)) {
        throw new Problem(
          `${name} may be the name of a node that is added by count: name all, or count all`,
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
        throw new Problem('a name is given once: in a step with every, say how many');
      }
      requireNew(add);
    });
  }
}

/** How many are added by count at most, and which by name. */
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
