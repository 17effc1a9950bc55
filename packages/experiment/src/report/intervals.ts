/**
 * The faults of a run as intervals of time, from its events. Pure.
 *
 *   a rule            from when it was added until it was removed, expired or the run ended
 *   a process         killed, stopped, crashed: until it is ready again; paused: until it is resumed
 *   a member          added: until it is ready; removed: until it is gone. What changed lasts
 *   a clock, a disk   from the first change until it is perfect, or well, again; what goes on with
 *                     all clocks from the start is no fault, but how this cluster is
 *
 * What is wrong with a node ends when the node is removed, too.
 *
 * A fault of a process has hit one process. What a rule has hit is counted by whoever read the recording;
 * without these counts nobody knows.
 */
import type { FaultInterval } from '@faultline/history';
import type { ClusterEvent } from '@faultline/protocol';

interface Open {
  readonly fromMs: number;
  readonly what: string;
  readonly nodes?: readonly string[];
  readonly hits?: number;
  readonly membership?: FaultInterval['membership'] & string;
}

/** By rule, how many messages it has touched. Null: nobody counted. */
export type Hits = ReadonlyMap<string, number> | null;

export function faultIntervals(
  events: readonly ClusterEvent[],
  hits: Hits = null,
): FaultInterval[] {
  const open = new Map<string, Open>();
  const intervals: FaultInterval[] = [];
  /** The weather that clocks had before the cluster was up. */
  const usual = new Map<string | null, unknown>();
  let isUp = false;
  const members = new Set<string>();
  const removed = new Set<string>();
  const begin = (id: string, fault: Open): void => {
    if (!open.has(id)) open.set(id, fault);
  };
  const end = (id: string, toMs: number | null): void => {
    const fault = open.get(id);
    if (fault === undefined) return;
    open.delete(id);
    intervals.push({ ...fault, toMs });
  };
  const stopping = events.find(({ kind }) => kind === 'cluster.stopping');
  for (const event of events) {
    // What ends as the cluster is taken down is no fault.
    if (event === stopping) break;
    const { kind, node, atMs, facts } = event;
    const faultOf = (name: string, what: string, hit?: number): Open => ({
      fromMs: atMs,
      what: `${name} ${what}`,
      nodes: [name],
      ...(hit === undefined ? {} : { hits: hit }),
    });
    const fault = (what: string, hit?: number): Open => faultOf(node!, what, hit);
    switch (kind) {
      case 'rule.added': {
        const rule = String(facts.rule);
        const touched = hits === null ? {} : { hits: hits.get(rule) ?? 0 };
        begin(`rule ${rule}`, { fromMs: atMs, what: String(facts.explains), ...touched });
        break;
      }
      case 'rule.removed':
      case 'rule.expired':
        end(`rule ${facts.rule}`, atMs);
        break;
      case 'node.paused':
        begin(`pause ${node}`, fault('paused', 1));
        break;
      case 'node.resumed':
        end(`pause ${node}`, atMs);
        break;
      case 'node.added':
        begin(`member ${node}`, { ...fault('added', 1), membership: 'added' });
        break;
      case 'members.changed': {
        const left = [...members].filter((name) => !(facts.nodes as string[]).includes(name));
        for (const name of left) {
          members.delete(name);
          removed.add(name);
          begin(`member ${name}`, { ...faultOf(name, 'removed', 1), membership: 'removed' });
        }
        break;
      }
      case 'node.starting':
        members.add(node!);
        break;
      case 'node.killed':
      case 'node.stopped':
      case 'node.crashed':
        end(`pause ${node}`, atMs);
        end(`hang ${node}`, atMs);
        // Who was removed ends by that.
        if (removed.has(node!)) break;
        end(`member ${node}`, atMs);
        begin(`down ${node}`, fault(kind.slice('node.'.length), 1));
        break;
      case 'node.ready':
        end(`down ${node}`, atMs);
        end(`member ${node}`, atMs);
        break;
      case 'node.removed':
        // Whatever was wrong with it, it is gone with it.
        for (const id of [...open.keys()]) {
          if (open.get(id)!.nodes?.[0] === node) end(id, atMs);
        }
        break;
      case 'node.hanging':
        begin(`hang ${node}`, fault('hanging', 1));
        break;
      case 'node.hung':
        end(`hang ${node}`, atMs);
        break;
      case 'cpu.limited':
        begin(`cpu ${node}`, fault('slowed down', 1));
        break;
      case 'cpu.restored':
        end(`cpu ${node}`, atMs);
        break;
      case 'cluster.up':
        isUp = true;
        break;
      case 'clock.changed':
        if (!isUp) usual.set(node, facts.weather);
        if (facts.weather !== undefined && facts.weather === usual.get(node)) break;
        if (facts.describes === 'perfect') end(`clock ${node}`, atMs);
        else begin(`clock ${node}`, fault(`with a wrong clock: ${facts.describes}`, 1));
        break;
      case 'disk.changed':
        if (facts.describes === 'well') end(`disk ${node}`, atMs);
        else begin(`disk ${node}`, fault(`with a bad disk: ${facts.describes}`));
        break;
    }
  }
  for (const id of [...open.keys()]) end(id, stopping?.atMs ?? null);
  return intervals.sort((a, b) => a.fromMs - b.fromMs);
}
