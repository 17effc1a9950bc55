/**
 * A connection reset, as of a peer's socket: nothing passes, not even messages in flight, and a caller that
 * waits for a reply gets an error that leaves open whether its request took effect. A request that is reset
 * never arrived; if a reply is reset (`--replies`), its request did. `cut` with `refuse` is a refused
 * connection: it is definite that nothing happened.
 */
import { Type } from 'typebox';
import { type Behaviour, defineKind } from '../kind.ts';

const behaviour: Behaviour = {
  act: (copy) => copy.breakConnection(),
  cutsInFlight: () => true,
};

export const reset = defineKind({
  name: 'reset',
  summary: 'reset connections: callers that wait for a reply get an indefinite error',
  stage: 12,
  settings: Type.Object({}, { additionalProperties: false }),
  prepare: () => ({
    normal: {},
    words: (messages) => `reset connections that carry ${messages}`,
    start: () => behaviour,
  }),
});
