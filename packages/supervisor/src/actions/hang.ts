/** The node's host blocks its event loop, and reports when the loop runs again. */
import type { RequestOf } from '@faultline/actions';
import { roundedDuration } from '@faultline/protocol';
import { trueNowMs } from '@faultline/recording';
import type { NodePerformer } from './perform.ts';

const kind = 'hang';

export const hang: NodePerformer<RequestOf<'hang'>> = {
  perform(node, forMs) {
    node.order(kind, { forMs });
    const untilMs = trueNowMs() + forMs;
    node.faults.begin(kind, {
      whySlow: 'its event loop hangs on request',
      status() {
        const endsInMs = Math.max(0, Math.round(untilMs - trueNowMs()));
        return { explains: `hangs for another ${roundedDuration(endsInMs)}`, endsInMs, facts: {} };
      },
      receive(facts) {
        if (!Number.isSafeInteger(facts.forMs)) return;
        node.faults.end(kind);
        node.record('node.hung', { forMs: Number(facts.forMs) });
      },
    });
    node.record('node.hanging', { forMs });
  },
};
