/**
 * Upgrades events of recordings made before some fact was recorded. The fact then followed only from
 * text for people, and this is the only place that parses such text.
 */
import type { ClusterEvent } from '@faultline/actions';

/** The event with the facts that its kind has today, as far as the recorded ones imply them. */
export function upToDate(event: ClusterEvent): ClusterEvent {
  const { kind, facts } = event;
  switch (kind) {
    case 'clock.changed':
      return {
        ...event,
        facts: { ...facts, isPerfect: facts.isPerfect ?? facts.describes === 'perfect' },
      };
    case 'disk.changed':
      return {
        ...event,
        facts: { ...facts, isHealthy: facts.isHealthy ?? facts.describes === 'well' },
      };
    case 'step.failed':
      return isUndo(facts.does) ? { ...event, facts: { ...facts, isUndo: true } } : event;
    default:
      return event;
  }
}

const isUndo = (does: unknown): boolean =>
  typeof does === 'string' && does.startsWith('take back: ');
