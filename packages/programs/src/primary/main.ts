/** Primary and backups with synchronous replication and a fixed primary. See core.ts. */
import type { Node, Program } from '@faultline/node';
import { readSettings } from '../common/read.ts';
import { type RunOptions, runMachine, selfOf } from '../common/run.ts';
import { Primary, type PrimaryOptions } from './core.ts';

export function primaryProgram(options: PrimaryOptions & RunOptions = {}): Program {
  return (node: Node) => {
    readSettings('primary', node.settings, {});
    return runMachine(node, new Primary(selfOf(node), options), options);
  };
}

export default primaryProgram();
