import type { EventFacts, EventKind } from '@faultline/actions';

/** Puts what an experiment does among the events of its cluster. */
export type Note = <K extends EventKind>(kind: K, facts: EventFacts[K]) => void;
