/**
 * Events of nodes in the form that checkers use. A program's event `leader` with a term begins a role; for
 * programs without that event, their reported roles are used, although those have no term.
 */

import type { ClusterEvent } from '@faultline/actions';
import type { NodeEvent } from '@faultline/history';

export function nodeEventsOf(events: readonly ClusterEvent[]): NodeEvent[] {
  const tellsTerms = events.some(
    ({ kind, facts }) => kind === 'program.event' && facts.name === 'leader',
  );
  return events.flatMap(({ kind, node, atMs, facts }): NodeEvent[] => {
    if (node === null) return [];
    if (kind === 'node.role' && !tellsTerms && facts.role !== null) {
      return [{ node, atMs, name: 'role', data: { role: facts.role } }];
    }
    if (kind !== 'program.event') return [];
    const data = (facts.data ?? {}) as NodeEvent['data'];
    if (facts.name !== 'leader') return [{ node, atMs, name: facts.name, data }];
    return [{ node, atMs, name: 'role', data: { role: 'leader', ...data } }];
  });
}
