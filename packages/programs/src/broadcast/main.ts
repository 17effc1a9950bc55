/** Broadcast by gossip, acknowledged, with anti-entropy. See core.ts. */
import type { Node, Program } from '@faultline/node';
import { readSettings } from '../common/read.ts';
import { type RunOptions, runMachine, selfOf } from '../common/run.ts';
import { Broadcast, type BroadcastOptions } from './core.ts';

export function broadcastProgram(options: BroadcastOptions & RunOptions = {}): Program {
  return (node: Node) => {
    readSettings('broadcast', node.settings, {});
    return runMachine(node, new Broadcast(selfOf(node), options), options);
  };
}

export default broadcastProgram();
