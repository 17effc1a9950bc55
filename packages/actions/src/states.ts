/** Which nodes a verb can be applied to, by their state. */
import type { NodeStatus } from '@faultline/protocol';

export type NodeStates = (node: Pick<NodeStatus, 'state' | 'restart'>) => boolean;

export const running: NodeStates = ({ state }) => state !== 'crashed' && state !== 'stopped';
export const notRunning: NodeStates = (node) => !running(node);
/** The node runs, or it crashed and will restart: ending it cancels the restart. */
export const runningOrToRestart: NodeStates = (node) => running(node) || node.restart !== null;
export const anyState: NodeStates = () => true;
