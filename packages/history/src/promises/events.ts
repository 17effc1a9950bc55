/** Local events of nodes, for promises that clients alone cannot observe. */
import type { Json } from '@faultline/protocol';
import type { NodeEvent } from '../operation.ts';

/** What each node delivered, in its order: the property `property` of its events of this name. */
export function logsOf(
  events: readonly NodeEvent[],
  name = 'deliver',
  property = 'message',
): Record<string, Json[]> {
  const logs: Record<string, Json[]> = Object.create(null);
  for (const event of [...events].sort((a, b) => a.atMs - b.atMs)) {
    if (event.name !== name) continue;
    logs[event.node] ??= [];
    logs[event.node]!.push(event.data[property] ?? null);
  }
  return logs;
}
