/** What is wrong with nodes over time: a band on their lane for each fault, by the events of the run. */
import { type ClusterEvent, type NodeVerb, nodeVerbs, wrongAfter } from '@faultline/actions';

export interface Band {
  readonly node: string;
  /** `down`: no process; the others are kinds of faults. */
  readonly kind: string;
  readonly fromMs: number;
  /** Infinity: it lasts. */
  readonly toMs: number;
}

const intervals = (Object.values(nodeVerbs) as NodeVerb[]).flatMap(
  ({ interval }) => interval ?? [],
);
const downAfter = new Set(['node.crashed', 'node.killed', 'node.stopped']);
const upAfter = new Set(['node.starting', 'node.removed']);

export function bandsOf(events: readonly ClusterEvent[]): Band[] {
  const bands: Band[] = [];
  const open = new Map<string, Omit<Band, 'toMs'>>();
  const begin = (node: string, kind: string, atMs: number): void => {
    const key = `${node} ${kind}`;
    if (!open.has(key)) open.set(key, { node, kind, fromMs: atMs });
  };
  const end = (node: string, kind: string, atMs: number): void => {
    const key = `${node} ${kind}`;
    const band = open.get(key);
    if (band === undefined) return;
    open.delete(key);
    bands.push({ ...band, toMs: atMs });
  };
  for (const event of events) {
    const { node, kind, atMs } = event;
    if (node === null) continue;
    if (downAfter.has(kind)) begin(node, 'down', atMs);
    if (upAfter.has(kind)) end(node, 'down', atMs);
    for (const interval of intervals) {
      const wrong = wrongAfter(interval, event);
      if (wrong !== undefined && wrong !== null) begin(node, interval.kind, atMs);
      const isOver = wrong === null || (interval.endsWithProcess && downAfter.has(kind));
      if (isOver) end(node, interval.kind, atMs);
    }
  }
  for (const band of open.values()) bands.push({ ...band, toMs: Number.POSITIVE_INFINITY });
  return bands;
}
