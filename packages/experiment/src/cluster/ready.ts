/** Whether the nodes of a cluster got ready, and what is said of those that did not. */
import { FaultlineError, type NodeStatus } from '@faultline/protocol';
import type { Cluster } from '@faultline/supervisor';

const logLinesMax = 5;

/** Throws NODE_START_FAILED, with what the first node that is not ready printed last. */
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
