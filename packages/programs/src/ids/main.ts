/** Unique ids by node and count, or, `--set by=clock`, by wall clock. See core.ts. */
import type { Node, Program } from '@faultline/node';
import { readSettings } from '../common/read.ts';
import { countStart } from '../common/starts.ts';
import { idsByClock, idsByNode } from './core.ts';

export interface IdsOptions {
  /** Right: `node`. */
  readonly by?: 'node' | 'clock';
}

export function idsProgram(options: IdsOptions = {}): Program {
  return (node: Node) => {
    const settings = readSettings('ids', node.settings, { by: ['node', 'clock'] });
    if ((options.by ?? settings.by) === 'clock') {
      const source = idsByClock(node.members.indexOf(node.id));
      node.on('generate', () => ({ id: source.next(node.clock.wall()) }));
      return;
    }
    const start = countStart(node);
    const source = idsByNode(node.id, start.number);
    node.on('generate', async () => {
      await start.sealed();
      return { id: source.next() };
    });
  };
}

export default idsProgram();
