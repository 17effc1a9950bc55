/** Whether the nodes of a cluster are ready, and the error for those that are not. */
import { FaultlineError, type NodeStatus } from '@faultline/protocol';
import type { Cluster } from '@faultline/supervisor';

const logLinesMax = 5;

/** Throws NODE_START_FAILED, with the last output of the first node that is not ready. */
export function requireReady(cluster: Pick<Cluster, 'nodes' | 'logs'>): void {
  const unready = cluster.nodes.filter(({ state }) => state !== 'ready');
  const [first] = unready;
  if (first === undefined) return;
  const printed = cluster.logs(first.id, logLinesMax).lines.map(({ text }) => text);
  const last = printed.map((line) => `\n  ${line}`).join('');
  throw new FaultlineError(
    'NODE_START_FAILED',
    `${unreadyInWords(unready)}${last === '' ? '' : `; ${first.id} printed:${last}`}`,
    { nodes: unready.map(({ id }) => id), last: printed.at(-1) },
  );
}

/** Usually all have the same reason: nodes with one reason are listed together. */
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
