/** Unique ids by node and count, or, `--set by=clock`, by wall clock. See core.ts. */
import type { Node } from '@faultline/node';
import { readSettings } from '../common/read.ts';
import { idsByClock, idsByNode } from './core.ts';

export default function ids(node: Node): void {
  const { by } = readSettings('ids', node.settings, { by: ['node', 'clock'] });
  const source =
    by === 'node'
      ? idsByNode(node.id, node.incarnation)
      : idsByClock(node.members.indexOf(node.id));
  node.on('generate', () => ({ id: source.next(node.clock.wall()) }));
}
