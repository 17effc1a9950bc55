/**
 * A report on a run, read from its recording: requests and replies of clients, the times of steps, and what
 * each fault touched. It makes no difference whether the run has just ended or is a week old.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterEvent, EventKind } from '@faultline/actions';
import { type History, historyOfEntries } from '@faultline/history';
import { type Action, type Done, type Plan, readPlan, verbOf, verbs } from '@faultline/plans/data';
import { asFaultlineError, FaultlineError } from '@faultline/protocol';
import { openRun } from '@faultline/recording';
import type { Reached } from '../load/reached.ts';
import { findWorkload, type WorkloadModules, workloadOf } from '../workloads/registry.ts';
import { shapedBy } from '../workloads/shaped.ts';
import { faultIntervals } from './intervals.ts';
import { type KeptTest, readKeptTest } from './kept-test.ts';
import { loadHistory } from './load-history.ts';

export interface RunReport {
  readonly dir: string;
  readonly seed: string;
  /** Null for a run without a plan. */
  readonly plan: Plan | null;
  /** With the faults, and how many messages each touched. */
  readonly history: History;
  readonly events: readonly ClusterEvent[];
  /** Null if the plan was derived from a test and not played. */
  readonly steps: readonly StepReport[] | null;
  readonly timings: Timings;
  /** The rate of the judged load's clients; empty in recordings without it. */
  readonly reached: Partial<Reached>;
  /** Messages between nodes during the load; null if messages were not recorded. */
  readonly messages: number | null;
}

/** Milliseconds of the run's time; null if the run did not get that far. */
interface Timings {
  readonly loadBegunMs: number | null;
  readonly loadEndedMs: number | null;
  /** When the final reads were done. */
  readonly readMs: number | null;
  readonly healedMs: number | null;
  readonly endedMs: number | null;
}

/** One execution of one action. */
export interface StepReport {
  readonly step: number | 'before';
  readonly turn: number;
  readonly action: number;
  readonly does: string;
  readonly atMs: number;
  /** When it was undone: automatically, by its name, or at the end. Null if it has no undo: it sends a request, ends other actions, or stays. */
  readonly undoneMs: number | null;
  readonly nodes: readonly string[];
  readonly rules: readonly string[];
  /** Why it could not be done. */
  readonly failed: string | null;
  /** Why it could not be undone when its time was over. */
  readonly undoFailed: string | null;
}

/** `modules`: the workloads of modules that the plan names. Throws NOT_FOUND, BAD_RECORDING, BAD_PLAN. */
export async function reportOf(
  dir: string,
  modules: WorkloadModules = new Map(),
): Promise<RunReport> {
  const files = await openRun(dir);
  const [plan, events, entries] = await Promise.all([planOf(dir), files.events(), files.history()]);
  const begun = judgedLoad(events, plan, readKeptTest(dir));
  const timings = timingsOf(events, begun);
  const workload = plan?.load === undefined ? null : findWorkload(plan.load.workload, modules);
  const operations = askedInLoad(
    historyOfEntries(entries).operations,
    timings,
    begun?.facts.clients ?? null,
    workload?.asks ?? [],
  );
  const shaping = plan?.load === undefined ? {} : workloadOf(plan.load, modules);
  const shaped = shapedBy(shaping, operations);
  const lastMs = shaped.reduce(
    (last, { invokedMs, endedMs }) => Math.max(last, endedMs ?? invokedMs),
    0,
  );
  const history = await loadHistory({
    operations: shaped,
    events,
    facts: files.run.trace === 'off' ? null : files.facts({ from: 'router' }),
    epochMs: files.run.epoch.trueMs,
    fromMs: timings.loadBegunMs ?? shaped[0]?.invokedMs ?? 0,
    toMs: timings.loadEndedMs ?? lastMs,
  });
  return {
    dir,
    seed: files.run.seed,
    plan,
    history,
    events,
    steps: events.some(({ kind }) => kind === 'test.begun') ? null : stepsOf(events, plan, timings),
    timings,
    reached: reachedIn(events, begun),
    messages: history.messages ?? null,
  };
}

/** The plan beside a recording, null for none. Throws BAD_RECORDING. */
export async function planOf(dir: string): Promise<Plan | null> {
  let text: string;
  try {
    text = await readFile(join(dir, 'plan.json'), 'utf8');
  } catch {
    return null;
  }
  try {
    return readPlan(JSON.parse(text));
  } catch (thrown) {
    throw new FaultlineError(
      'BAD_RECORDING',
      `the plan of the recording at ${dir} cannot be read: ${asFaultlineError(thrown).message}`,
      { dir },
    );
  }
}

/** The beginning of the judged load. In a plan, it follows the loads that prepare it. */
export function judgedLoad(
  events: readonly ClusterEvent[],
  plan: Plan | null,
  kept: Pick<KeptTest, 'judgedLoad'> | null,
): ClusterEvent<'load.begun'> | undefined {
  const prepared = (plan?.before ?? []).filter((action) => verbOf(action) === 'load').length;
  const at = kept === null ? prepared : kept.judgedLoad;
  return at === null ? undefined : events.filter((event) => event.kind === 'load.begun')[at];
}

function reachedIn(
  events: readonly ClusterEvent[],
  begun: ClusterEvent<'load.begun'> | undefined,
): Partial<Reached> {
  const ended = events.find(
    (event): event is ClusterEvent<'load.ended'> =>
      event.kind === 'load.ended' && event.seq > (begun?.seq ?? 0),
  );
  return ended?.facts ?? {};
}

function timingsOf(
  events: readonly ClusterEvent[],
  begun: ClusterEvent<'load.begun'> | undefined,
): Timings {
  const at = (kind: EventKind): number | null =>
    events.find((event) => event.kind === kind && event.seq > (begun?.seq ?? 0))?.atMs ?? null;
  return {
    loadBegunMs: begun?.atMs ?? null,
    loadEndedMs: at('load.ended'),
    readMs: at('load.read'),
    healedMs: at('plan.healed'),
    endedMs: at('plan.ended'),
  };
}

/**
 * The operations of clients from the beginning of the load to its last read. Other requests of a plan or a
 * test count if the workload's checks judge that type: all clients can read a value that only the plan
 * has written.
 */
export function askedInLoad(
  operations: History['operations'],
  { loadBegunMs, readMs }: Pick<Timings, 'loadBegunMs' | 'readMs'>,
  clients: readonly string[] | null,
  asks: readonly string[] = [],
): History['operations'] {
  const fromMs = loadBegunMs ?? Number.NEGATIVE_INFINITY;
  const toMs = readMs ?? Number.POSITIVE_INFINITY;
  const during = operations.filter(({ invokedMs }) => invokedMs >= fromMs && invokedMs <= toMs);
  if (clients === null) return during;
  const own = new Set(clients);
  const asked = during.flatMap(({ process, f }) => (own.has(process) ? [f] : []));
  const kinds = new Set([...asks, ...asked]);
  return during.filter(({ process, f }) => own.has(process) || kinds.has(f));
}

/** Whether the end of a run undoes an action. Added members stay. */
function endsInTheEnd(action: Action | undefined, done: Done): boolean {
  if (action === undefined || verbOf(action) === 'add') return false;
  const undo = verbs[verbOf(action)].undo?.(action, done);
  return undo !== undefined && undo !== null;
}

export function stepsOf(
  events: readonly ClusterEvent[],
  plan: Plan | null,
  { healedMs }: Pick<Timings, 'healedMs'>,
): StepReport[] {
  const endedMs = endsOf(events);
  return events.flatMap((event) => {
    if (event.kind !== 'step.did' && event.kind !== 'step.failed') return [];
    if (event.kind === 'step.failed' && event.facts.isUndo) return [];
    const { step, turn, action, does } = event.facts;
    const { nodes, rules } = event.kind === 'step.did' ? event.facts : { nodes: [], rules: [] };
    const actions = step === 'before' ? plan?.before : plan?.steps[step]?.do;
    const lasts = event.kind === 'step.did' && endsInTheEnd(actions?.[action], { nodes, rules });
    const isAboutThis = (facts: Pick<typeof event.facts, 'step' | 'turn' | 'action'>): boolean =>
      facts.step === step && facts.turn === turn && facts.action === action;
    const undone = events.find((each) => each.kind === 'step.undone' && isAboutThis(each.facts));
    const stuck = events.find(
      (each): each is ClusterEvent<'step.failed'> =>
        each.kind === 'step.failed' && each.facts.isUndo === true && isAboutThis(each.facts),
    );
    return [
      {
        step,
        turn,
        action,
        does,
        atMs: event.atMs,
        undoneMs: undone?.atMs ?? (lasts ? endedMs(event, healedMs) : null),
        nodes,
        rules,
        failed: event.kind === 'step.failed' ? event.facts.reason : null,
        undoFailed: stuck?.facts.reason ?? null,
      },
    ];
  });
}

const stepKinds: ReadonlySet<EventKind> = new Set<EventKind>([
  ...(['step.begun', 'step.did', 'step.failed', 'step.undone'] as const),
]);

/** When the effect of an action ended: through another action, or at the end of the run. */
function endsOf(events: readonly ClusterEvent[]) {
  const intervals = faultIntervals(events);
  const ofRule = (rule: string, after: ClusterEvent): number | null =>
    events.find(
      (event) =>
        (event.kind === 'rule.removed' || event.kind === 'rule.expired') &&
        event.facts.rule === rule &&
        event.seq > after.seq,
    )?.atMs ?? null;
  /** For faults that began on the node while the action was performed. */
  const onNode = (node: string, did: ClusterEvent): number | null => {
    const sinceMs =
      events.findLast(({ kind, seq }) => seq < did.seq && stepKinds.has(kind))?.atMs ?? 0;
    return (
      intervals.findLast(
        ({ nodes, fromMs }) => nodes?.[0] === node && fromMs >= sinceMs && fromMs <= did.atMs,
      )?.toMs ?? null
    );
  };
  return (did: ClusterEvent<'step.did'>, healedMs: number | null): number | null => {
    const ends = [
      ...did.facts.rules.map((rule) => ofRule(rule, did)),
      ...did.facts.nodes.map((node) => onNode(node, did)),
    ];
    const { POSITIVE_INFINITY: never } = Number;
    const lastMs = Math.max(...ends.map((atMs) => atMs ?? never));
    const overMs = ends.length === 0 ? never : lastMs;
    return overMs < (healedMs ?? never) ? overMs : healedMs;
  };
}
