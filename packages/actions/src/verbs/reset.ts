/** Returns the cluster to its initial state, for the next try. */
import * as Type from 'typebox';
import { clusterVerb } from '../cluster-verb.ts';

const summary =
  'restart the cluster in its initial state: no rules, no faults, no added nodes, empty disks';

export const reset = clusterVerb({
  name: 'reset',
  summary,
  route: { method: 'POST', path: '/v1/reset' },
  options: Type.Object({}, { additionalProperties: false }),
  answer: 'Affected',
  errors: ['BAD_REQUEST', 'ROUTER_DOWN', 'WAIT_TIMED_OUT'],
  isFault: false,
  starts: true,
  forms: {
    reset: {
      summary,
      options: [],
      isPrelude: true,
      help: {
        notes:
          'The recording continues. To end faults and keep the data on disks, use `heal --all`.',
        examples: ['reset'],
      },
    },
  },
  read: () => null,
});
