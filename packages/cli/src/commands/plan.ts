/** Plans: `run` runs and judges a plan, `check` judges a recording again, `replay` runs its plan again. */
import { readFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import type { ClusterEvent, EventKind } from '@faultline/actions';
import { asFaultlineError, FaultlineError } from '@faultline/protocol';
import { stateDir } from '@faultline/supervisor/registry';
import type { Command } from 'commander';
import { Busy } from '../busy.ts';
import { type GlobalOptions, print } from '../context.ts';
import { fromHere } from '../parse.ts';
import { findRun } from '../recorded-run.ts';

interface RunFlags extends GlobalOptions {
  readonly seed?: string;
  readonly keep?: boolean;
}

const exitCodes = { ok: 0, violated: 1, unknown: 2, vacuous: 2 } as const;
/** Exit code if there is no verdict: wrong usage, or the plan could not be run. */
export const exitCouldNot = 3;
/** Commands whose exit code is a verdict, or that read something that has one. */
export const judging: ReadonlySet<string> = new Set(['plan', 'run', 'check', 'replay', 'wait']);
const exitInterrupted = 130;
const searchMsMax = 60_000;

export function addPlanCommands(program: Command): void {
  program
    .command('plan')
    .description('check a plan without running it, or print the schema of plans')
    .argument('[file]', 'YAML or JSON')
    .option('--schema', 'print the JSON Schema of plans, for an editor')
    .addHelpText(
      'after',
      `
Examples:
  pnpm cluster plan plan.yaml                   what it does, step by step
  pnpm cluster plan --schema > plan.schema.json`,
    )
    .action((file: string | undefined, _, self: Command) =>
      plan(file, self.optsWithGlobals<GlobalOptions & { schema?: boolean }>()),
    );
  program
    .command('run')
    .description('run a plan: start its cluster, load it, break it, heal it, and judge the run')
    .argument('<plan>', 'YAML or JSON')
    .option('--seed <text>', 'use this seed instead of the plan’s')
    .option('--keep', 'leave the cluster running after the verdict, until Ctrl-C')
    .addHelpText(
      'after',
      `
Exit codes: 0 ok, 1 violated, 2 unknown or vacuous, 3 could not run.

Examples:
  pnpm cluster run plan.yaml
  pnpm cluster run plan.yaml --seed 42 --json`,
    )
    .action((file: string, _, self: Command) => run(file, self.optsWithGlobals<RunFlags>()));
  program
    .command('check')
    .description('judge a recorded run by the checks of its plan, or by others')
    .argument('[run]', 'its folder, `latest`, or its name as `runs` lists it')
    .option('--checks <list>', "separated by commas: linearizable,'availability >= 90%'")
    .addHelpText(
      'after',
      `
Exit codes: 0 ok, 1 violated, 2 unknown or vacuous, 3 could not be judged.

Examples:
  pnpm cluster check .faultline/runs/RUN
  pnpm cluster check latest --name stale-read --checks 'convergence,latency p99 <= 200ms'`,
    )
    .action((dir: string | undefined, _, self: Command) =>
      check(dir, self.optsWithGlobals<GlobalOptions & { checks?: string }>()),
    );
  program
    .command('replay')
    .description('run the plan of a recorded run again, and show where the two runs diverge')
    .argument('[run]', 'its folder, `latest`, or its name as `runs` lists it')
    .addHelpText(
      'after',
      `
With the same seed, rules and messages on a link, decisions are the same; the messages of real
processes differ sooner or later. Exit codes: 0 the same verdict, 1 another one, 3 could not run.

Examples:
  pnpm cluster replay .faultline/runs/RUN
  pnpm cluster replay latest --name stale-read`,
    )
    .action((dir: string | undefined, _, self: Command) =>
      replay(dir, self.optsWithGlobals<GlobalOptions>()),
    );
}

async function plan(
  file: string | undefined,
  options: GlobalOptions & { readonly schema?: boolean },
): Promise<void> {
  if (options.schema) {
    const { PlanSchema } = await import('@faultline/plans');
    const schema = { $schema: 'https://json-schema.org/draft/2020-12/schema', ...PlanSchema };
    process.stdout.write(`${JSON.stringify(schema, null, 2)}\n`);
    return;
  }
  if (file === undefined) {
    throw new FaultlineError('BAD_REQUEST', 'expected a plan, or --schema');
  }
  const read = await readPlanFile(file);
  const { planInWords } = await import('../format/plan.ts');
  print(options, read, () => planInWords(read).join('\n'));
}

async function run(file: string, options: RunFlags): Promise<void> {
  const plan = await readPlanFile(file);
  const { judgeRun, runPlan } = await import('@faultline/experiment');
  const { planStarted, progressLine, verdictInWords } = await import('../format/plan.ts');
  if (!options.json) process.stdout.write(`${planStarted(plan, options.seed)}\n`);
  using busy = new Busy();
  await interruptible(async (signal) => {
    busy.begin('starting the cluster');
    await runPlan(plan, {
      ...ground(options, dirname(fromHere(file))),
      seed: options.seed,
      signal,
      onEvent: progress(options, progressLine, busy),
      beforeDown: async (runDir) => {
        busy.begin('judging the run');
        const judged = await judgeRun(runDir, { ...bounds(), signal });
        busy[Symbol.dispose]();
        process.exitCode = exitCodes[judged.verdict];
        print(options, judged, () =>
          verdictInWords(judged, shortDir(runDir), judged.seed).join('\n'),
        );
        if (options.keep) await keepUntil(signal, options, plan.name);
      },
    });
  });
}

async function check(
  run: string | undefined,
  options: GlobalOptions & { readonly checks?: string },
): Promise<void> {
  const { dir } = await findRun({ ...options, ...(run === undefined ? {} : { run }) });
  const { judgeRun, planOf } = await import('@faultline/experiment');
  const { verdictInWords } = await import('../format/plan.ts');
  const checks = options.checks === undefined ? undefined : await readChecks(options.checks);
  if (checks === undefined && (await planOf(dir)) === null) {
    throw new FaultlineError(
      'BAD_REQUEST',
      'this run has no plan, and so no checks: name some, as in --checks linearizable',
    );
  }
  using busy = new Busy();
  busy.begin('judging the run');
  const judged = await judgeRun(dir, { ...bounds(), checks });
  busy.clear();
  process.exitCode = exitCodes[judged.verdict];
  print(options, judged, () => verdictInWords(judged, shortDir(dir), judged.seed).join('\n'));
}

const bounds = () => ({ stateDir: stateDir(), withinMs: searchMsMax });

async function replay(run: string | undefined, options: GlobalOptions): Promise<void> {
  const { dir } = await findRun({ ...options, ...(run === undefined ? {} : { run }) });
  const { replayRun } = await import('@faultline/experiment');
  const { progressLine, replayInWords } = await import('../format/plan.ts');
  using busy = new Busy();
  await interruptible(async (signal) => {
    busy.begin('starting the cluster');
    const replayed = await replayRun(dir, {
      ...ground(options, dir),
      judgeWithinMs: bounds().withinMs,
      signal,
      onEvent: progress(options, progressLine, busy),
    });
    busy[Symbol.dispose]();
    process.exitCode = replayed.isSame ? 0 : 1;
    print(options, replayed, () => replayInWords(replayed, shortDir(replayed.runDir)).join('\n'));
  });
}

/**
 * On Ctrl-C or a hang-up everything is taken down, and there is no verdict. A reader that closes the
 * pipe, as in `run … | head`, stops nothing: the run is recorded and judged.
 */
async function interruptible(act: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const giveUp = new AbortController();
  const stop = (): void => giveUp.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  try {
    await act(giveUp.signal);
  } catch (thrown) {
    if (giveUp.signal.aborted) process.exitCode ??= exitInterrupted;
    throw thrown;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, stop);
  }
}

async function keepUntil(signal: AbortSignal, options: RunFlags, name: string): Promise<void> {
  if (!options.json) {
    process.stdout.write(`\n${options.name ?? name} keeps running; Ctrl-C takes it down.\n`);
  }
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
}

const ground = (options: GlobalOptions, cwd: string) => ({
  stateDir: stateDir(),
  cwd,
  ...(options.name === undefined ? {} : { name: options.name }),
});

function progress(
  options: GlobalOptions,
  line: (event: ClusterEvent) => string | undefined,
  busy: Busy,
): (event: ClusterEvent) => void {
  return (event) => {
    const phase = phases[event.kind];
    if (phase !== undefined) busy.begin(phase);
    const text = options.json ? undefined : line(event);
    if (text === undefined) return;
    busy.clear();
    process.stdout.write(`${text}\n`);
  };
}

/** The long work that begins with each of these events. */
const phases: Partial<Record<EventKind, string>> = {
  'load.begun': 'running the load',
  'load.ended': 'reading the final state',
  'cluster.down': 'judging the run',
};

function shortDir(dir: string): string {
  const short = relative(process.env.INIT_CWD ?? process.cwd(), dir);
  return short.startsWith('..') ? dir : short;
}

/** Reads and checks the plan, including its workload, before anything starts. Throws NOT_FOUND, BAD_PLAN. */
async function readPlanFile(file: string) {
  const path = fromHere(file);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new FaultlineError(
      'NOT_FOUND',
      `the plan ${file} cannot be read: ${(error as Error).message}`,
      { file },
    );
  }
  const [{ parsePlan, placeInPlan }, { preparedPlan }] = await Promise.all([
    import('@faultline/plans'),
    import('@faultline/experiment'),
  ]);
  const plan = parsePlan(text, file);
  try {
    return await preparedPlan(plan, { stateDir: stateDir(), cwd: dirname(path) });
  } catch (thrown) {
    const { code, message, facts } = asFaultlineError(thrown);
    const { path: at } = facts;
    const place = typeof at === 'string' ? placeInPlan(text, at) : undefined;
    const where = place === undefined ? file : `${file}:${place.line}:${place.column}`;
    const more = { file, ...place, ...facts };
    throw new FaultlineError(code, `${where}: ${message}`, more, { cause: thrown });
  }
}

/** Commas separate checks, but also the bounds of a latency and options in braces. */
async function readChecks(text: string) {
  const [{ readPlan }, { placedChecks }] = await Promise.all([
    import('@faultline/plans'),
    import('@faultline/experiment'),
  ]);
  const words = text.split(/,(?!\s*(?:p\d|median|max)\b)(?![^{]*\})/).map((word) => word.trim());
  const { checks } = readPlan({ checks: words.filter((word) => word !== '') });
  return placedChecks(checks, fromHere('.'));
}
