/** Unique ids by node and count, or, `--set by=clock`, by wall clock. See core.ts. */
import type { Node, Program } from '@faultline/node';
import { readSettings } from '../common/read.ts';
import { idsByClock, idsByNode } from './core.ts';

export interface IdsOptions {
  /** Right: `node`. */
  readonly by?: 'node' | 'clock';
}

export function idsProgram(options: IdsOptions = {}): Program {
  return (node: Node) => {
    const settings = readSettings('ids', node.settings, { by: ['node', 'clock'] });
    const source =
      (options.by ?? settings.by) === 'node'
        ? idsByNode(node.id, node.incarnation)
        : idsByClock(node.members.indexOf(node.id));
    node.on('generate', () => ({ id: source.next(node.clock.wall()) }));
  };
}

export default idsProgram();
