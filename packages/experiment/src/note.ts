import type { EventFacts, EventKind } from '@faultline/actions';

/** Records what an experiment does as events of its cluster. */
export type Note = <K extends EventKind>(kind: K, facts: EventFacts[K]) => void;
