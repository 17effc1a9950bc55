/** The limit belongs to the machine that the node represents, so it outlives the process. */
import type { RequestOf } from '@faultline/actions';
import type { NodePerformer } from './perform.ts';

export const slow: NodePerformer<RequestOf<'slow'>> = {
  async perform({ cpu }, request) {
    if (request === 'off') await cpu.end('on request');
    else await cpu.set(request.share, request.forMs);
  },
};
