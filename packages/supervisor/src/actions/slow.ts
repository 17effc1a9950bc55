/** The limit belongs to the machine that the node represents, so it outlives the process. */
import type { AskedOf } from '@faultline/actions';
import type { NodePerformer } from './perform.ts';

export const slow: NodePerformer<AskedOf<'slow'>> = {
  async perform({ cpu }, asked) {
    if (asked === 'off') await cpu.end('on request');
    else await cpu.set(asked.share, asked.forMs);
  },
};
