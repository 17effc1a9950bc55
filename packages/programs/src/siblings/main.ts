/** A key-value store that keeps all concurrent values. See versions.ts and core.ts. */
import type { Node, Program } from '@faultline/node';
import { readSettings } from '../common/read.ts';
import { type RunOptions, runMachine, selfOf } from '../common/run.ts';
import { Siblings, type SiblingsOptions } from './core.ts';

export function siblingsProgram(options: SiblingsOptions & RunOptions = {}): Program {
  return (node: Node) => {
    readSettings('siblings', node.settings, {});
    return runMachine(node, new Siblings(selfOf(node), options), options);
  };
}

export default siblingsProgram();
