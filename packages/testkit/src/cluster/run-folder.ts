/**
 * Where a test's cluster keeps its files, and what becomes of them: a temporary folder that is gone
 * after the test, unless it failed. Then the run is moved to `.faultline/runs`, and the commands that
 * open it and play it again are printed, once.
 *
 * Who says that a test failed: a matcher or an assertion of ours, a wait that was in vain, or the test
 * runner, where one of the entries `vitest`, `jest` and `node-test` was imported. Without any of them
 * the end of the process tells: an exit code that is not 0 keeps what was closed until then.
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { clusterPaths, stateDir } from '@faultline/supervisor/registry';
import { keepPlan, type Tested } from '../replay/kept-plan.ts';
import type { TestPlan } from '../replay/test-plan.ts';

/** Those that wait for the verdict of a test, and those that are open. */
const waiting = new Set<RunFolder>();
const open = new Set<RunFolder>();
let runnerTells = false;
let hasExitListener = false;

export class RunFolder {
  /** A state directory of its own. */
  readonly stateDir: string;
  readonly name: string;
  /** Where bundled programs are kept: one place for all tests of a project. */
  readonly cacheDir = cacheDir();
  #runDir: string | null = null;
  #why: string | null = null;
  #isFailed = false;
  #keptIn: string | null = null;
  #tested: Tested | null = null;

  constructor(name: string) {
    this.name = name;
    this.stateDir = mkdtempSync(join(realpathSync(tmpdir()), 'faultline-test-'));
    open.add(this);
    if (!hasExitListener) process.on('exit', atExit);
    hasExitListener = true;
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

  /** The test has failed. The first reason counts. */
  fail(why: string): void {
    this.#isFailed = true;
    this.#why ??= why;
  }

  /** Something threw that fails a test, unless the test expects it: a runner that tells knows. */
  suspect(why: string): void {
    if (runnerTells) this.#why ??= why;
    else this.fail(why);
  }

  /** Nothing runs there any more. */
  closed(): void {
    open.delete(this);
    if (this.hasFailed) this.keep();
    else waiting.add(this);
  }

  /** Nothing ever ran there. */
  discard(): void {
    open.delete(this);
    this.remove();
  }

  keep(): void {
    const from = this.#runDir;
    if (from !== null && existsSync(from)) {
      const kept = join(stateDir(), 'runs', `${this.name}-${basename(from)}`);
      mkdirSync(dirname(kept), { recursive: true });
      cpSync(from, kept, { recursive: true });
      const disks = clusterPaths(this.stateDir, this.name).nodes;
      if (existsSync(disks)) cpSync(disks, join(kept, 'nodes'), { recursive: true });
      this.#keptIn = kept;
      const plan = this.#tested === null ? null : keepPlan(kept, this.#tested);
      process.stderr.write(this.#whatToDo(relative(process.cwd(), kept), plan));
    }
    this.remove();
  }

  remove(): void {
    waiting.delete(this);
    rmSync(this.stateDir, { recursive: true, force: true });
  }

  #whatToDo(dir: string, plan: TestPlan | null): string {
    return [
      `\nfaultline: ${this.#why ?? 'the test failed'}; its run is in ${dir}`,
      `  open it:    ${command()} trace --run ${dir}`,
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

export function testEnded(hasFailed: boolean): void {
  for (const folder of [...waiting]) {
    if (hasFailed) folder.keep();
    else folder.remove();
  }
  // One that several tests share is kept if one of them failed.
  if (hasFailed) for (const folder of open) folder.fail('a test failed');
}

function atExit(code: number): void {
  const isBad = !runnerTells && code !== 0;
  for (const folder of [...waiting, ...open]) {
    if (folder.hasFailed || isBad) folder.keep();
    else folder.remove();
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
