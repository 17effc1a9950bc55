/** A counter of parts that are merged, `--set kind=pn` or `kind=grow`. See core.ts. */
import type { Node, Program } from '@faultline/node';
import { readSettings } from '../common/read.ts';
import { type RunOptions, runMachine, selfOf } from '../common/run.ts';
import { Counter, type CounterOptions } from './core.ts';

export function counterProgram(options: CounterOptions & RunOptions = {}): Program {
  return (node: Node) => {
    const { kind } = readSettings('counter', node.settings, { kind: ['pn', 'grow'] });
    return runMachine(node, new Counter(selfOf(node), { kind, ...options }), options);
  };
}

export default counterProgram();
