/** How nodes are told that did not get ready. */
import type { NodeStatus } from '@faultline/protocol';

/** Most often it is the same with all: those of one reason are named together. */
export function unreadyInWords(nodes: readonly NodeStatus[]): string {
  const named = new Map<string, string[]>();
  for (const { id, state, reason } of nodes) {
    const what = `${state}${reason === null ? '' : ` (${reason})`}`;
    named.set(what, [...(named.get(what) ?? []), id]);
  }
  return [...named]
    .map(([what, ids]) => `${ids.join(', ')} ${ids.length === 1 ? 'is' : 'are'} ${what}`)
    .join('; ');
}
