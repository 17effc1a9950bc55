/** Append-only logs with offsets, each with one owner. See core.ts. */
import type { Node, Program } from '@faultline/node';
import { readSettings } from '../common/read.ts';
import { type RunOptions, runMachine, selfOf } from '../common/run.ts';
import { AppendLog } from './core.ts';

export function logProgram(options: RunOptions = {}): Program {
  return (node: Node) => {
    readSettings('log', node.settings, {});
    return runMachine(node, new AppendLog(selfOf(node)), options);
  };
}

export default logProgram();
