/**
 * The faults of a run as intervals of time, from its events. Pure.
 *
 *   a rule            from when it was added until it was removed, expired or the run ended
 *   a process         killed, stopped, crashed: until it is ready again
 *   a member          added: until it is ready; removed: until it is gone. The change itself lasts
 *   a verb's fault    as the verb declares it
 *   a clock, a disk   from the first change until it is perfect, or healthy, again; the weather of all
 *                     clocks from the start is part of the cluster and not a fault
 *
 * Faults of a node also end when the node is removed.
 *
 * A fault of a process has hit one process. The hits of a rule are counted from the recording; without
 * these counts they are unknown.
 */

import type { ClusterEvent } from '@faultline/actions';
import { nodeVerbNames, nodeVerbs, wrongAfter } from '@faultline/actions';
import type { FaultInterval, FaultKind } from '@faultline/history';

interface Open {
  readonly kind: FaultKind;
  readonly fromMs: number;
  readonly what: string;
  readonly nodes?: readonly string[];
  readonly hits?: number;
  readonly membership?: FaultInterval['membership'] & string;
}

/** By rule, how many messages it has touched. Null: not counted. */
export type Hits = ReadonlyMap<string, number> | null;

export function faultIntervals(
  events: readonly ClusterEvent[],
  hits: Hits = null,
): FaultInterval[] {
  const open = new Map<string, Open>();
  const intervals: FaultInterval[] = [];
  /** The weather that clocks had before the cluster was up. */
  const usual = new Map<string, string | undefined>();
  let isUp = false;
  const members = new Set<string>();
  const removed = new Set<string>();
  /** `about`: the rule or the node. A fault that is already in force continues. */
  const begin = (about: string, fault: Open): void => {
    const id = `${fault.kind} ${about}`;
    if (!open.has(id)) open.set(id, fault);
  };
  const end = (kind: FaultKind, about: string, toMs: number): void =>
    endOf(`${kind} ${about}`, toMs);
  const endOf = (id: string, toMs: number | null): void => {
    const fault = open.get(id);
    if (fault === undefined) return;
    open.delete(id);
    intervals.push({ ...fault, toMs });
  };
  const stopping = events.find(({ kind }) => kind === 'cluster.stopping');
  for (const event of events) {
    // Processes that end while the cluster is taken down are not faults.
    if (event === stopping) break;
    const { kind, node, atMs, facts } = event;
    const beginOn = (
      name: string,
      fault: FaultKind,
      what: string,
      more: Pick<Open, 'hits' | 'membership'> = {},
    ): void =>
      begin(name, { kind: fault, fromMs: atMs, what: `${name} ${what}`, nodes: [name], ...more });
    for (const interval of declared) {
      const wrong = wrongAfter(interval, event);
      if (node === null || wrong === undefined) continue;
      const hit = interval.hitsProcess === true ? { hits: 1 } : {};
      if (wrong === null) end(interval.kind, node, atMs);
      else beginOn(node, interval.kind, wrong, hit);
    }
    switch (kind) {
      case 'rule.added': {
        const { rule, explains } = facts;
        const touched = hits === null ? {} : { hits: hits.get(rule) ?? 0 };
        begin(rule, { kind: 'rule', fromMs: atMs, what: explains, ...touched });
        break;
      }
      case 'rule.removed':
      case 'rule.expired':
        end('rule', facts.rule, atMs);
        break;
      case 'node.added':
        beginOn(node, 'membership', 'added', { hits: 1, membership: 'added' });
        break;
      case 'members.changed': {
        const left = [...members].filter((name) => !facts.nodes.includes(name));
        for (const name of left) {
          members.delete(name);
          removed.add(name);
          beginOn(name, 'membership', 'removed', { hits: 1, membership: 'removed' });
        }
        break;
      }
      case 'node.starting':
        members.add(node);
        break;
      case 'node.killed':
      case 'node.stopped':
      case 'node.crashed':
        for (const { kind: fault, endsWithProcess } of declared) {
          if (endsWithProcess) end(fault, node, atMs);
        }
        // A removed node ends because of its removal.
        if (removed.has(node)) break;
        end('membership', node, atMs);
        beginOn(node, 'down', endings[kind], { hits: 1 });
        break;
      case 'node.ready':
        end('down', node, atMs);
        end('membership', node, atMs);
        break;
      case 'node.removed':
        // All faults of the node end with it.
        for (const id of [...open.keys()]) {
          if (open.get(id)!.nodes?.[0] === node) endOf(id, atMs);
        }
        break;
      case 'cluster.up':
        isUp = true;
        break;
      case 'clock.changed':
        if (!isUp) usual.set(node, facts.weather);
        // Undoing a weather restores the initial one.
        if (facts.isPerfect || (facts.weather !== undefined && facts.weather === usual.get(node)))
          end('clock', node, atMs);
        else beginOn(node, 'clock', `with a wrong clock: ${facts.describes}`, { hits: 1 });
        break;
      case 'disk.changed':
        if (facts.isHealthy) end('disk', node, atMs);
        else beginOn(node, 'disk', `with a bad disk: ${facts.describes}`);
        break;
    }
  }
  for (const id of [...open.keys()]) endOf(id, stopping?.atMs ?? null);
  return intervals.sort((a, b) => a.fromMs - b.fromMs);
}

/** The faults of verbs. */
const declared = nodeVerbNames.flatMap((name) => nodeVerbs[name].interval ?? []);

/** How a process has ended, in words. */
const endings = {
  'node.killed': 'killed',
  'node.stopped': 'stopped',
  'node.crashed': 'crashed',
} as const;
