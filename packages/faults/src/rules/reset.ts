/**
 * A connection that breaks and says so, as when a peer's socket is reset: nothing crosses, what is under way
 * included, and a caller that waits for an answer gets an error that leaves open whether it took effect. A request
 * that is reset never arrived; a reply that is reset (`--replies`) answers what did. `cut` with `refuse` is the
 * connection that is refused: definitely, nothing happened.
 */
import { Type } from 'typebox';
import { type Behaviour, defineKind } from '../kind.ts';

const behaviour: Behaviour = {
  act: (copy) => copy.breakConnection(),
  cutsInFlight: () => true,
};

export const reset = defineKind({
  name: 'reset',
  summary: 'break connections and say so: who waits for an answer gets an indefinite error',
  stage: 12,
  settings: Type.Object({}, { additionalProperties: false }),
  prepare: () => ({
    normal: {},
    words: (messages) => `reset connections that carry ${messages}`,
    start: () => behaviour,
  }),
});
