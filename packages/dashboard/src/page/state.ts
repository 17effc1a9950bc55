/** What the page knows, as signals: the frame draws itself again where one of them changes. */
import type { ClusterEvent } from '@faultline/actions';
import type { ClusterStatus, RunInfo } from '@faultline/protocol';
import { computed, signal } from '@preact/signals';
import type { Connection, Copy, Progress } from '../contract/worker.ts';
import { inMemberOrder } from '../model/members.ts';

export const viewNames = ['Cluster', 'Time', 'Events'] as const;
export type ViewName = (typeof viewNames)[number];

export const connection = signal<Connection>('connecting');
export const run = signal<RunInfo | null>(null);
/** Whether the cluster still runs, so that actions can be done. */
export const isLive = signal(false);
export const status = signal<ClusterStatus | null>(null);
export const events = signal<readonly ClusterEvent[]>([]);
export const words = signal<readonly string[]>([]);
export const progress = signal<Progress>({
  members: [],
  copies: 0,
  dropped: 0,
  fromMs: 0,
  toMs: 0,
  nowMs: null,
  behindMs: 0,
});
export const viewName = signal<ViewName>('Cluster');
/** The copy of a message that was clicked. */
export const selected = signal<Copy | null>(null);
/** The latest first: what was done on this page, as command lines, and what came of it. */
export const done = signal<readonly DoneAction[]>([]);

export interface DoneAction {
  readonly number: number;
  readonly command: string;
  readonly state: 'running' | 'done' | 'failed';
  /** What was wrong; empty unless it failed. */
  readonly error: string;
}

/** Nodes, then clients, then whatever else sends messages. */
export const members = computed(() => {
  const names = new Set(run.value?.nodes ?? []);
  for (const word of progress.value.members) {
    const name = words.value[word];
    if (name !== undefined) names.add(name);
  }
  for (const node of status.value?.nodes ?? []) names.add(node.id);
  return [...names].sort(inMemberOrder);
});
