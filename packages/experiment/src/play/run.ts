/**
 * Runs a plan on a cluster of real processes, from empty disks to the last read:
 *
 *   start      the plan's cluster, with a seed
 *   before     the actions before the load, one after another
 *   load       clients run, and the steps happen at their times
 *   converge   unless the plan says false: everything is healed, resumed and started; nodes settle;
 *              final reads
 *   down
 *
 * The only result is a recording: `report.ts` reads it, `judge.ts` judges it. The plan is beside it as
 * `plan.json`, and its events include each step.
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterEvent } from '@faultline/actions';
import {
  type Action,
  type Converge,
  type Plan,
  readPlan,
  withinDefault,
} from '@faultline/plans/data';
import { readyPrograms } from '@faultline/programs';
import { FaultlineError, type HistoryEntry, parseDuration } from '@faultline/protocol';
import {
  comesToRest,
  placedPrograms,
  placing,
  type Supervised,
  supervise,
} from '@faultline/supervisor';
import { abortable } from '../abortable.ts';
import { requireReady } from '../cluster/ready.ts';
import { placedChecks, requireChecks } from '../judge/checks.ts';
import { joinAll, type LoadParts, runLoad } from '../load/load.ts';
import { begunFacts, runNotedLoad } from '../load/noted-load.ts';
import type { Note } from '../note.ts';
import {
  bundleWorkloads,
  importWorkloads,
  loadsByPath,
  loadsOf,
  placedLoad,
  placedLoadAction,
} from '../workloads/modules.ts';
import {
  findWorkload,
  requireModels,
  type WorkloadModules,
  workloadOf,
} from '../workloads/registry.ts';
import type { Workload } from '../workloads/workload.ts';
import { Player } from './play.ts';
import { ClusterTarget, type Rest } from './target.ts';

export interface RunOptions {
  readonly stateDir: string;
  /** The cluster's name (default: the plan's, with a number after it if that is already running). */
  readonly name?: string | undefined;
  /** Instead of the plan's. */
  readonly seed?: string | undefined;
  /** The directory that the plan's paths are relative to. */
  readonly cwd: string;
  readonly onEvent?: (event: ClusterEvent) => void;
  /** Cancels: takes everything down and throws CLUSTER_STOPPING. */
  readonly signal?: AbortSignal;
  /** Called and awaited before the cluster is taken down. */
  readonly beforeDown?: (runDir: string) => Promise<void>;
}

export interface Ran {
  readonly runDir: string;
  /** As it was run: with its seed and absolute paths. */
  readonly plan: Plan;
}

const namesMax = 50;

/**
 * Checks everything that can be checked before a plan runs: loads its modules, reads its loads and checks.
 * A plan without checks gets those of its workload. Throws BAD_PLAN.
 */
export async function preparedPlan(
  plan: Plan,
  { stateDir, cwd }: Pick<RunOptions, 'stateDir' | 'cwd'>,
): Promise<Plan> {
  const modules = await requireRunnable(withPlaces(plan, cwd), stateDir);
  if (plan.checks.length > 0 || plan.load === undefined) return plan;
  const { workload } = placedLoad(plan.load, cwd);
  return readPlan({ ...plan, checks: findWorkload(workload, modules).checks });
}

/** Resolves with the workloads of modules that the plan names by absolute paths. Throws BAD_PLAN. */
async function requireRunnable(plan: Plan, stateDir: string): Promise<WorkloadModules> {
  const modules = await importWorkloads(await bundleWorkloads(plan, stateDir));
  for (const [path, load] of loadsByPath(plan)) workloadOf(load, modules, path);
  requireModels(plan, modules);
  await requireChecks(plan.checks, stateDir);
  return modules;
}

/** Throws if the plan cannot run: BAD_PLAN, NODE_START_FAILED, PROGRAM_NOT_FOUND, … */
export async function runPlan(asked: Plan, options: RunOptions): Promise<Ran> {
  const plan = settled(asked, options);
  const modules = await requireRunnable(plan, options.stateDir);
  const workload = plan.load === undefined ? null : workloadOf(plan.load, modules);
  const listeners = new Set<(entry: HistoryEntry) => void>();
  const past: ClusterEvent[] = [];
  let player: Player | undefined;
  const supervised = await startNamed(plan, options, {
    onEvent(event) {
      if (player === undefined) past.push(event);
      else player.see(event);
      options.onEvent?.(event);
    },
    onHistory(entry) {
      for (const listener of listeners) listener(entry);
    },
  });
  const { cluster, runDir } = supervised;
  const { signal = new AbortController().signal } = options;
  const { converge } = plan;
  const note: Note = (kind, facts) => supervised.record(kind, null, facts);
  const loadParts = (work: Workload): Omit<LoadParts, 'converge' | 'convergeMs'> => ({
    cluster,
    seed: plan.seed!,
    clients: clientsOf(work),
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    signal,
  });
  /** An action that waits for nodes to settle has the same time limit as the end of the plan. */
  const { within: restWithin } = converge === false ? { within: withinDefault } : converge;
  const restsWithin =
    (within: string): Rest =>
    async (wanted) => {
      if (!(await comesToRest(cluster, wanted, parseDuration(within), signal)))
        note('plan.restless', { within });
    };
  const rest = restsWithin(restWithin);
  /** Whether all nodes gave the same answers in the end; null: no final reads. */
  const converges = async (
    { within }: Converge,
    target: ClusterTarget,
  ): Promise<boolean | null> => {
    await target.heal();
    note('plan.healed', {});
    const endMs = performance.now() + parseDuration(within);
    await rest('ready');
    if (workload === null) return null;
    // Only the final reads of the workload are left.
    const { agreed } = await runLoad(asFinal(workload), {
      ...loadParts(workload),
      converge: async () => {},
      convergeMs: Math.max(0, endMs - performance.now()),
    });
    return agreed;
  };
  try {
    requireReady(cluster);
    writeFileSync(join(runDir, 'plan.json'), `${JSON.stringify(plan, null, 2)}\n`, { mode: 0o600 });
    note('plan.begun', { plan: plan.name, seed: plan.seed! });
    const clients = Math.max(
      0,
      ...loadsOf(plan).map((each) => workloadOf(each, modules).pace.clients),
    );
    const target = new ClusterTarget(cluster, {
      client: `c${clients + 1}`,
      rest,
      async load(planned, convergence) {
        const work = workloadOf(planned, modules);
        const within = convergence?.within ?? restWithin;
        await runNotedLoad(work, {
          ...loadParts(work),
          note,
          convergeMs: parseDuration(within),
          converge:
            convergence === null
              ? null
              : async () => {
                  await target.heal();
                  await restsWithin(within)('ready');
                },
        });
      },
    });
    player = new Player({ plan, target, note, past });
    await abortable(player.prepare(), signal);

    // Steps are timed from the first request.
    if (workload !== null) await joinAll(loadParts(workload));
    note('load.begun', workload === null ? {} : begunFacts(workload, clientsOf(workload)));
    player.start();
    const [loaded] = await Promise.all([
      workload === null
        ? null
        : runLoad(workload, { ...loadParts(workload), converge: null, convergeMs: 0 }),
      abortable(workload === null ? player.over : player.timedDone, signal),
    ]);
    note('load.ended', { ...loaded?.reached });
    await player.stop();
    player = undefined;

    const agreed = converge === false ? null : await converges(converge, target);
    note('load.read', {});
    note('plan.ended', { agreed, within: converge === false ? null : converge.within });
    await options.beforeDown?.(runDir);
    return { runDir, plan };
  } catch (error) {
    if (options.signal?.aborted) throw interrupted(plan);
    throw error;
  } finally {
    await player?.stop();
    await supervised.down();
  }
}

const clientsOf = ({ pace }: Workload): string[] =>
  Array.from({ length: pace.clients }, (_, i) => `c${i + 1}`);

/** The workload with its final reads only. */
const asFinal = (workload: Workload): Workload => ({
  ...workload,
  pace: { ...workload.pace, operations: 0 },
});

/** With a seed, and absolute paths, so that it can be replayed from anywhere. */
const settled = (plan: Plan, { seed, cwd }: RunOptions): Plan =>
  readPlan({
    ...withPlaces(plan, cwd),
    seed: seed ?? plan.seed ?? randomBytes(4).toString('hex'),
  });

/** With absolute paths of programs, workloads and checks. */
function withPlaces(plan: Plan, cwd: string): Plan {
  const { program, programs } = plan.cluster;
  const place = placing(program, readyPrograms, cwd);
  // Nodes that are started or added may run another program, or a command.
  const placed = (action: Action): Action =>
    placedLoadAction(
      typeof action.program === 'string'
        ? { ...action, program: place(action.program) }
        : Array.isArray(action.program)
          ? { ...action, program: action.program.map(placing(action.program, readyPrograms, cwd)) }
          : action,
      cwd,
    );
  return {
    ...plan,
    ...(plan.before === undefined ? {} : { before: plan.before.map(placed) }),
    ...(plan.load === undefined ? {} : { load: placedLoad(plan.load, cwd) }),
    steps: plan.steps.map((step) => ({ ...step, do: step.do.map(placed) })),
    checks: placedChecks(plan.checks, cwd),
    cluster: {
      ...plan.cluster,
      program: typeof program === 'string' ? place(program) : program.map(place),
      ...(programs && { programs: placedPrograms(programs, readyPrograms, cwd) }),
    },
  };
}

type Listeners = Pick<Parameters<typeof supervise>[0], 'onEvent' | 'onHistory'>;

async function startNamed(
  plan: Plan,
  options: RunOptions,
  listeners: Listeners,
): Promise<Supervised> {
  const { stateDir, signal, cwd } = options;
  const { nodes, program, programs, settings, clocks, vector, sign, trace, restart, readyTimeout } =
    plan.cluster;
  const readyTimeoutMs = readyTimeout === undefined ? undefined : parseDuration(readyTimeout);
  for (let number = 1; ; number++) {
    const name = options.name ?? (number === 1 ? plan.name : `${plan.name}-${number}`);
    try {
      return await supervise({
        stateDir,
        name,
        nodes,
        program,
        readyPrograms,
        seed: plan.seed,
        cwd,
        // Data on disks from an earlier run is not part of this one.
        disks: 'wipe',
        ...listeners,
        ...given({
          programs,
          settings,
          clocks,
          vector,
          sign,
          trace,
          restart,
          readyTimeoutMs,
          signal,
        }),
      });
    } catch (error) {
      const isTaken = error instanceof FaultlineError && error.code === 'CLUSTER_EXISTS';
      if (!isTaken || options.name !== undefined || number === namesMax) throw error;
    }
  }
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The fields that are present. */
const given = <T extends object>(fields: T): Given<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, field]) => field !== undefined)) as Given<T>;

const interrupted = ({ name }: Plan): FaultlineError =>
  new FaultlineError('CLUSTER_STOPPING', `the run of ${name} was interrupted: it has no verdict`, {
    name,
  });
