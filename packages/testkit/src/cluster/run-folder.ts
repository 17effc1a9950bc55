/**
 * Where a test's cluster keeps its files, and what becomes of them: a temporary folder that is gone
 * after the test, unless it failed. Then the run is moved to `.faultline/runs`, and the commands that
 * open it and play it again are printed, once.
 *
 * Who says that a test failed: a matcher or an assertion of ours, a wait that was in vain, or the test
 * runner, where one of the entries `vitest`, `jest` and `node-test` was imported. Without any of them
 * the end of the process tells: an exit code that is not 0 keeps what was closed until then.
 *
 * With FAULTLINE_KEEP=1, or `keep`, runs of tests that passed are kept in the same way. What an interrupted
 * process left is removed by the next one.
 *
 * A test that is out of time goes on and closes nothing, and its runner may end the process before it
 * does: then what was started in it is taken down here, as is what is open when its file is over.
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
import type { Deedlist } from '../replay/deeds.ts';
import { keepPlan, type Tested } from '../replay/kept-plan.ts';
import type { TestPlan } from '../replay/test-plan.ts';
import { type RunningTest, runningTest, testIsOver } from './running-test.ts';

/** Those that wait for the verdict of a test, and those that are open. */
const waiting = new Set<RunFolder>();
const open = new Set<RunFolder>();
let runnerTells = false;
/** No test is to come that could tell. */
let isFileOver = false;
let hasExitListener = false;

/** A runner waits for its hooks, but not for ever. */
const endMsMax = 10_000;
export const hookMsMax = 30_000;

export interface Ended {
  readonly hasFailed: boolean;
  /** Its time was over; it may go on all the same. */
  readonly isOverdue: boolean;
  readonly isTriedAgain?: boolean;
}

export class RunFolder {
  /** A state directory of its own. */
  readonly stateDir: string;
  readonly name: string;
  /** Where bundled programs are kept: one place for all tests of a project. */
  readonly cacheDir = cacheDir();
  /** It began there; null: before the tests, or nobody knows. */
  readonly #test = runningTest();
  #runDir: string | null = null;
  /** What the test itself says. */
  #why: string | null = null;
  /** What failed last, as far as we know. */
  #suspicion: string | null = null;
  #isFailed = false;
  #keptIn: string | null = null;
  #tested: Tested | null = null;
  /** What was done until the test had failed. */
  #done: Deedlist | undefined;
  #end: (() => Promise<unknown>) | null = null;

  /** Whether a run is kept that did not fail. */
  readonly #keepsPassed: boolean;

  /** Throws CLUSTER_STOPPING where the test is over: nobody would take down what it starts. */
  constructor(name: string, keep = (process.env.FAULTLINE_KEEP ?? '') !== '') {
    if (this.#test?.isOver) {
      const why = `the test "${this.#test.name}" is over, and goes on all the same`;
      throw new FaultlineError('CLUSTER_STOPPING', `no cluster is started: ${why}`);
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

  /** What a plan of the test is made from. */
  set tested(tested: Tested) {
    this.#tested = tested;
  }

  /** Where the run lies now. */
  get runDir(): string | null {
    return this.#keptIn ?? this.#runDir;
  }

  get hasFailed(): boolean {
    return this.#isFailed;
  }

  /** Takes down what runs there, or is only starting. */
  set end(end: () => Promise<unknown>) {
    this.#end = end;
  }

  /** The test says that it has failed. The first reason counts. */
  fail(why: string): void {
    this.#isFailed = true;
    this.#why ??= why;
  }

  /**
   * Something threw that fails a test, unless the test expects it: a runner that tells knows. What came
   * last is the likeliest reason.
   */
  suspect(why: string): void {
    this.#suspicion = why;
    if (!runnerTells) this.#isFailed = true;
  }

  beganIn(test: RunningTest): boolean {
    return this.#test === test;
  }

  /** Whether the end of this test says something about it. */
  isOf(test: RunningTest | null): boolean {
    return this.#test === null || this.#test === test || this.#test.isOver;
  }

  /** A test that it is of has ended; of one that several share, the first that failed counts. */
  judge(test: RunningTest | null, { hasFailed, isTriedAgain = false }: Ended): void {
    if (hasFailed && !this.#isFailed) {
      this.#isFailed = true;
      this.#done = this.#tested?.deeds.soFar();
      const reason = this.#suspicion === null ? '' : `: ${this.#suspicion}`;
      const again = isTriedAgain ? ', and is tried again' : '';
      this.#why = `the test${test === null ? '' : ` "${test.name}"`} failed${again}${reason}`;
    }
    this.#suspicion = this.#isFailed ? this.#suspicion : null;
    if (waiting.has(this)) this.settle(this.#isFailed);
  }

  /** Nothing is to come that could change what became of the test. */
  settle(hasFailed: boolean): void {
    if (!hasFailed && this.#keepsPassed) {
      this.#why = this.#test === null ? 'its tests passed' : `the test "${this.#test.name}" passed`;
    }
    if (hasFailed || this.#keepsPassed) this.keep();
    else this.remove();
  }

  /** Takes down what runs there. What is not down in time is kept as it is then. */
  async takeDown(): Promise<void> {
    const late = new AbortController();
    const { signal } = late;
    const down = this.#end?.().catch(() => {});
    await Promise.race([down, sleep(endMsMax, undefined, { signal, ref: false }).catch(() => {})]);
    late.abort();
    if (open.has(this) && this.#isFailed) this.#keepCopy();
  }

  /** Nothing runs there any more. */
  closed(): void {
    open.delete(this);
    if (this.hasFailed) this.keep();
    else if (isFileOver || this.#test?.isOver) this.settle(false);
    else waiting.add(this);
  }

  /** Nothing ever ran there. */
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
      process.stderr.write(this.#whatToDo(relative(process.cwd(), kept), plan));
    }
  }

  #whatToDo(dir: string, plan: TestPlan | null): string {
    return [
      `\nfaultline: ${this.#why ?? this.#suspicion ?? 'the test failed'}; its run is in ${dir}`,
      `  open it:    ${command()} timeline --run ${dir}`,
      ...(plan === null ? [] : replaying(dir, plan)),
      '\n',
    ].join('\n');
  }
}

function replaying(dir: string, plan: TestPlan): string[] {
  if ('why' in plan) return [`  it cannot be replayed: ${plan.why}`];
  return [
    `  replay it:  ${command()} replay ${dir}`,
    ...plan.notes.map((note) => `              ${note}`),
  ];
}

/** A test runner tells of the end of each test from now on. */
export function runnerWillTell(): void {
  runnerTells = true;
}

/** `test`: null where nobody knows which. What began in one that is overdue is taken down. */
export async function testEnded(test: RunningTest | null, ended: Ended): Promise<void> {
  isFileOver = false;
  const its = [...waiting, ...open].filter((folder) => folder.isOf(test));
  if (test !== null) testIsOver(test);
  for (const folder of its) folder.judge(test, ended);
  if (!ended.hasFailed || !ended.isOverdue || test === null) return;
  await Promise.all([...open].filter((folder) => folder.beganIn(test)).map(takeDown));
}

/** All tests of a file are over, and whatever they have left open is taken down. */
export async function testsEnded(): Promise<void> {
  isFileOver = true;
  await Promise.all([...open].map(takeDown));
  for (const folder of waiting) folder.judge(null, { hasFailed: false, isOverdue: false });
}

const takeDown = (folder: RunFolder): Promise<void> => folder.takeDown();

function atExit(code: number): void {
  const isBad = !runnerTells && code !== 0;
  for (const folder of [...waiting, ...open]) folder.settle(folder.hasFailed || isBad);
}

const prefix = 'faultline-test-';

/** A process that was interrupted had no time to remove its folders. */
function removeAbandoned(temporary: string): void {
  for (const name of readdirSync(temporary)) {
    const [, pid] = /^faultline-test-(\d+)-/.exec(name) ?? [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    try {
      rmSync(join(temporary, name), { recursive: true, force: true });
    } catch {
      // Another test process does the same.
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

/** As it is called in the project that the test is in: by npm, where npm has installed its packages. */
function command(): string {
  const packages = packagesDir();
  const isOfNpm = packages !== undefined && existsSync(join(packages, '.package-lock.json'));
  return isOfNpm ? 'npx cluster' : 'pnpm cluster';
}

/** Beside the packages of the project that the test is in, where there are any. */
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
