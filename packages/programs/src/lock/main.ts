/** Locks with leases and fencing tokens, and a resource that they guard. See core.ts. */
import type { Node, Program } from '@faultline/node';
import { readSettings } from '../common/read.ts';
import { type RunOptions, runMachine, selfOf } from '../common/run.ts';
import { type LockOptions, LockService } from './core.ts';

export function lockProgram(options: LockOptions & RunOptions = {}): Program {
  return (node: Node) => {
    readSettings('lock', node.settings, {});
    return runMachine(node, new LockService(selfOf(node), options), options);
  };
}

export default lockProgram();
