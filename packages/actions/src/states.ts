/** Which nodes a verb can be done to, by their state. */
import type { NodeStatus } from '@faultline/protocol';

export type NodeStates = (node: Pick<NodeStatus, 'state'>) => boolean;

export const running: NodeStates = ({ state }) => state !== 'crashed' && state !== 'stopped';
export const anyState: NodeStates = () => true;
