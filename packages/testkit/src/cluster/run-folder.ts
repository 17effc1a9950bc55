/**
 * The folder of a test's cluster: a temporary one that is removed after the test, unless the test failed.
 * Then the run moves to `.faultline/runs`, and the commands that open and replay it are printed once.
 *
 * A test fails by a matcher or assertion of this package, by a wait that times out, or by the report of its
 * runner if one of the entries `vitest`, `jest` and `node-test` was imported. With none of them, the exit
 * code of the process decides: if it is not 0, the runs of the closed clusters are kept too.
 *
 * With FAULTLINE_KEEP=1 or `keep`, runs of passed tests are kept as well. The next process removes what an
 * interrupted one left.
 *
 * A test that exceeds its time limit keeps running and does not close its clusters, and its runner may end
 * the process first. Its clusters are taken down here, and so are those still open at the end of the file.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultlineError } from '@faultline/protocol';
import { clusterPaths, stateDir } from '@faultline/supervisor/registry';
import type { RecordedActions } from '../replay/action-recorder.ts';
import { keepPlan, type Tested } from '../replay/kept-plan.ts';
import type { TestPlan } from '../replay/test-plan.ts';
import { type RunningTest, runningTest, testIsOver } from './running-test.ts';

/** Folders whose test has no result yet, and folders of open clusters. */
const waiting = new Set<RunFolder>();
const open = new Set<RunFolder>();
let doesRunnerReport = false;
/** No later test can change the result. */
let isFileOver = false;
let hasExitListener = false;

/** Runners limit the time of their hooks. */
const endMsMax = 10_000;
export const hookMsMax = 30_000;

export interface Ended {
  readonly hasFailed: boolean;
  /** The test exceeded its time limit and may still be running. */
  readonly isOverdue: boolean;
  readonly isTriedAgain?: boolean;
}

export class RunFolder {
  /** The cluster's own state directory. */
  readonly stateDir: string;
  readonly name: string;
  /** The cache of bundled programs, shared by all tests of a project. */
  readonly cacheDir = cacheDir();
  /** The test that started the cluster; null: it started before the tests, or the test is unknown. */
  readonly #test = runningTest();
  #runDir: string | null = null;
  /** The reason for keeping the run. */
  #why: string | null = null;
  /** The last known failure. */
  #suspicion: string | null = null;
  #isFailed = false;
  #keptIn: string | null = null;
  #tested: Tested | null = null;
  /** The actions up to the failure. */
  #done: RecordedActions | undefined;
  #end: (() => Promise<unknown>) | null = null;

  /** Whether the run is kept if the test passes. */
  readonly #keepsPassed: boolean;

  /** Throws CLUSTER_STOPPING if the test has ended: nothing would take down the cluster. */
  constructor(name: string, keep = (process.env.FAULTLINE_KEEP ?? '') !== '') {
    if (this.#test?.isOver) {
      const why = `the test "${this.#test.name}" has ended, although its code is still running`;
      throw new FaultlineError('CLUSTER_STOPPING', `cannot start a cluster: ${why}`);
    }
    this.name = name;
    this.#keepsPassed = keep;
    const temporary = realpathSync(tmpdir());
    if (!hasExitListener) {
      process.on('exit', atExit);
      removeAbandoned(temporary);
    }
    hasExitListener = true;
    this.stateDir = mkdtempSync(join(temporary, `${prefix}${process.pid}-`));
    open.add(this);
  }

  set runDir(dir: string) {
    this.#runDir = dir;
  }

  /** The source of the test's plan. */
  set tested(tested: Tested) {
    this.#tested = tested;
  }

  /** The current directory of the run. */
  get runDir(): string | null {
    return this.#keptIn ?? this.#runDir;
  }

  get hasFailed(): boolean {
    return this.#isFailed;
  }

  /** Takes down the cluster, even while it starts. */
  set end(end: () => Promise<unknown>) {
    this.#end = end;
  }

  /** Marks the test as failed. The first reason counts. */
  fail(why: string): void {
    this.#isFailed = true;
    this.#why ??= why;
  }

  /**
   * Notes an error that fails the test, unless the test expects it; a runner that reports results knows. The
   * last error is the most likely reason.
   */
  suspect(why: string): void {
    this.#suspicion = why;
    if (!doesRunnerReport) this.#isFailed = true;
  }

  beganIn(test: RunningTest): boolean {
    return this.#test === test;
  }

  /** Whether the result of this test concerns this folder. */
  isOf(test: RunningTest | null): boolean {
    return this.#test === null || this.#test === test || this.#test.isOver;
  }

  /** Takes the result of a test. If several tests share the cluster, the first failure counts. */
  judge(test: RunningTest | null, { hasFailed, isTriedAgain = false }: Ended): void {
    if (hasFailed && !this.#isFailed) {
      this.#isFailed = true;
      this.#done = this.#tested?.recorder.snapshot();
      const reason = this.#suspicion === null ? '' : `: ${this.#suspicion}`;
      const again = isTriedAgain ? ' and will be retried' : '';
      this.#why = `the test${test === null ? '' : ` "${test.name}"`} failed${again}${reason}`;
    }
    this.#suspicion = this.#isFailed ? this.#suspicion : null;
    if (waiting.has(this)) this.settle(this.#isFailed);
  }

  /** Keeps or removes the run: the result of the test is final. */
  settle(hasFailed: boolean): void {
    if (!hasFailed && this.#keepsPassed) {
      this.#why = this.#test === null ? 'its tests passed' : `the test "${this.#test.name}" passed`;
    }
    if (hasFailed || this.#keepsPassed) this.keep();
    else this.remove();
  }

  /** Takes down the cluster. If that takes too long, the run is kept in its current state. */
  async takeDown(): Promise<void> {
    const late = new AbortController();
    const { signal } = late;
    const down = this.#end?.().catch(() => {});
    await Promise.race([down, sleep(endMsMax, undefined, { signal, ref: false }).catch(() => {})]);
    late.abort();
    if (open.has(this) && this.#isFailed) this.#keepCopy();
  }

  /** The cluster has been taken down. */
  closed(): void {
    open.delete(this);
    if (this.hasFailed) this.keep();
    else if (isFileOver || this.#test?.isOver) this.settle(false);
    else waiting.add(this);
  }

  /** The cluster never started. */
  discard(): void {
    open.delete(this);
    this.remove();
  }

  keep(): void {
    this.#keepCopy();
    this.remove();
  }

  remove(): void {
    waiting.delete(this);
    rmSync(this.stateDir, { recursive: true, force: true });
  }

  #keepCopy(): void {
    const from = this.#runDir;
    if (from !== null && this.#keptIn === null && existsSync(from)) {
      const kept = join(stateDir(), 'runs', `${this.name}-${basename(from)}`);
      mkdirSync(dirname(kept), { recursive: true });
      cpSync(from, kept, { recursive: true });
      const disks = clusterPaths(this.stateDir, this.name).nodes;
      if (existsSync(disks)) cpSync(disks, join(kept, 'nodes'), { recursive: true });
      this.#keptIn = kept;
      const plan = this.#tested === null ? null : keepPlan(kept, this.#tested, this.#done);
      process.stderr.write(this.#instructions(relative(process.cwd(), kept), plan));
    }
  }

  #instructions(dir: string, plan: TestPlan | null): string {
    return [
      `\nfaultline: ${this.#why ?? this.#suspicion ?? 'the test failed'}; its run is in ${dir}`,
      `  open it:    ${command()} timeline --run ${dir}`,
      ...(plan === null ? [] : replayLines(dir, plan)),
      '\n',
    ].join('\n');
  }
}

function replayLines(dir: string, plan: TestPlan): string[] {
  if ('why' in plan) return [`  it cannot be replayed: ${plan.why}`];
  return [
    `  replay it:  ${command()} replay ${dir}`,
    ...plan.notes.map((note) => `              ${note}`),
  ];
}

/** From now on a test runner reports the result of each test. */
export function runnerReportsResults(): void {
  doesRunnerReport = true;
}

/** `test`: null if unknown. Takes down the clusters that an overdue test started. */
export async function testEnded(test: RunningTest | null, ended: Ended): Promise<void> {
  isFileOver = false;
  const its = [...waiting, ...open].filter((folder) => folder.isOf(test));
  if (test !== null) testIsOver(test);
  for (const folder of its) folder.judge(test, ended);
  if (!ended.hasFailed || !ended.isOverdue || test === null) return;
  await Promise.all([...open].filter((folder) => folder.beganIn(test)).map(takeDown));
}

/** All tests of a file have ended: takes down the clusters that they left open. */
export async function testsEnded(): Promise<void> {
  isFileOver = true;
  await Promise.all([...open].map(takeDown));
  for (const folder of waiting) folder.judge(null, { hasFailed: false, isOverdue: false });
}

const takeDown = (folder: RunFolder): Promise<void> => folder.takeDown();

function atExit(code: number): void {
  const isBad = !doesRunnerReport && code !== 0;
  for (const folder of [...waiting, ...open]) folder.settle(folder.hasFailed || isBad);
}

const prefix = 'faultline-test-';

/** Removes the folders that interrupted processes left. */
function removeAbandoned(temporary: string): void {
  for (const name of readdirSync(temporary)) {
    const [, pid] = /^faultline-test-(\d+)-/.exec(name) ?? [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    try {
      rmSync(join(temporary, name), { recursive: true, force: true });
    } catch {
      // Another test process removes the same folder.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** The command in the project of the test: with `npx` if npm installed the project's packages. */
function command(): string {
  const packages = packagesDir();
  const isOfNpm = packages !== undefined && existsSync(join(packages, '.package-lock.json'));
  return isOfNpm ? 'npx cluster' : 'pnpm cluster';
}

/** In the project's node_modules if it has them. */
function cacheDir(): string {
  const packages = packagesDir();
  if (packages !== undefined) return join(packages, '.cache/faultline-test');
  return join(tmpdir(), `faultline-cache-${process.getuid?.() ?? 0}`);
}

function packagesDir(): string | undefined {
  for (let dir = resolve('.'); ; dir = dirname(dir)) {
    const packages = join(dir, 'node_modules');
    if (existsSync(packages)) return packages;
    if (dirname(dir) === dir) return undefined;
  }
}
