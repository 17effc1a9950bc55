/** A linearizable register for each key, decided by quorums. See core.ts. */
import type { Node, Program } from '@faultline/node';
import { readSettings } from '../common/read.ts';
import { type RunOptions, runMachine, selfOf } from '../common/run.ts';
import { Register, type RegisterOptions } from './core.ts';

export function registerProgram(options: RegisterOptions & RunOptions = {}): Program {
  return (node: Node) => {
    readSettings('register', node.settings, {});
    return runMachine(node, new Register(selfOf(node), options), options);
  };
}

export default registerProgram();
