/** A set in which adding wins over a removal that did not know of it. See or-set.ts and core.ts. */
import type { Node, Program } from '@faultline/node';
import { readSettings } from '../common/read.ts';
import { type RunOptions, runMachine, selfOf } from '../common/run.ts';
import { SetMachine, type SetOptions } from './core.ts';

export function setProgram(options: SetOptions & RunOptions = {}): Program {
  return (node: Node) => {
    readSettings('set', node.settings, {});
    return runMachine(node, new SetMachine(selfOf(node), options), options);
  };
}

export default setProgram();
