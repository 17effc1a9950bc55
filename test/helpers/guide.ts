/**
 * Follows a guide: performs the steps of a page in a copy of the repository, literally and in order,
 * so the page cannot rot. The opening fence of each code block in the page says what the step is:
 *
 *   ```ts path/file.ts      write this file; any language, the path starts at the repository's root
 *   ```diff path/file.ts    change this file; the context lines must occur in it exactly once
 *   ```console              run each `$ command`; the lines below it are the expected output
 *
 * A command must succeed, unless the expected output has an `error CODE: …`. A command without
 * expected output may print anything. In expected output, `…` matches any text, and a line with only
 * `…` matches any lines. Other blocks, such as ```ts without a path, only illustrate.
 */
import { spawn } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { environmentOf, Home, outcome, root } from './cluster.ts';

export type Step =
  | { readonly kind: 'file'; readonly path: string; readonly text: string; readonly line: number }
  | { readonly kind: 'change'; readonly path: string; readonly text: string; readonly line: number }
  | {
      readonly kind: 'command';
      readonly command: string;
      /** Expected output; empty: any. */
      readonly shown: string;
      readonly line: number;
    };

/** The steps of a page, in order. `line` is the step's first line in the page, from 1. */
export function stepsOf(page: string): Step[] {
  return [...page.matchAll(/^```(\w+)(?: +(\S+))?\n([\s\S]*?)^```$/gm)].flatMap(
    ({ 1: language, 2: path, 3: text, index }): Step[] => {
      const line = page.slice(0, index).split('\n').length + 1;
      if (language === 'console') return commandsOf(text!, line);
      if (path === undefined) return [];
      return [{ kind: language === 'diff' ? 'change' : 'file', path, text: text!, line }];
    },
  );
}

function commandsOf(session: string, firstLine: number): Step[] {
  const steps: { kind: 'command'; command: string; shown: string; line: number }[] = [];
  for (const [index, line] of session.trimEnd().split('\n').entries()) {
    const last = steps.at(-1);
    if (line.startsWith('$ ')) {
      steps.push({ kind: 'command', command: line.slice(2), shown: '', line: firstLine + index });
    } else if (last?.shown === '' && last.command.endsWith('\\')) last.command += `\n${line}`;
    else if (last !== undefined) last.shown += `${line}\n`;
  }
  return steps;
}

/** Whether the output matches what the page shows, where `…` matches anything. */
export function isAsShown(shown: string, text: string): boolean {
  const parts = shown
    .trim()
    .split('\n')
    .map((line) => line.trim())
    .map((line) => (line === '…' ? '[^]*' : line.split('…').map(literally).join('.*')))
    // The width of a column depends on its longest value.
    .map((line) => line.replaceAll(/ +/g, ' +'));
  return new RegExp(`^\\s*${parts.join('\\s*\\n\\s*')}\\s*$`).test(text);
}

const literally = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');

/** Applies a diff. Throws unless its context and removed lines occur exactly once. */
export function changed(text: string, diff: string): string {
  const lines = diff.trimEnd().split('\n');
  const side = (sign: '-' | '+'): string =>
    lines
      .filter((line) => !line.startsWith(sign === '-' ? '+' : '-'))
      .map((line) => `${line.slice(1)}\n`)
      .join('');
  const before = `\n${side('-')}`;
  const [head, tail, ...more] = `\n${text}`.split(before);
  if (tail === undefined) throw new Error(`the file does not have these lines:${before}`);
  if (more.length > 0)
    throw new Error(`the file has these lines ${more.length + 1} times:${before}`);
  return `${head}\n${side('+')}${tail}`.slice(1);
}

/** Runs scripts of package.json like pnpm, but without checking the installation. */
const pnpmShim = `#!/bin/sh
[ "$1" = run ] && shift
script=$(node -p "require('./package.json').scripts['$1'] ?? 'echo no script $1 && false'")
shift
exec sh -c "$script \\"\\$@\\"" pnpm "$@"
`;

/** Runs an installed command like npx, but without the second that npx takes to find it. */
const npxShim = '#!/bin/sh\nexec "$@"\n';

/** A copy of the repository, with the same installed packages and its own state directory. */
export class Checkout implements AsyncDisposable {
  readonly path = mkdtempSync(join(tmpdir(), 'faultline-guide-'));
  readonly home = new Home();
  readonly #written = new Set<string>();

  constructor() {
    const skipped = /(^|\/)(node_modules|\.git|\.faultline|dist)$/;
    for (const entry of readdirSync(root).filter((name) => !skipped.test(name))) {
      cpSync(join(root, entry), join(this.path, entry), {
        recursive: true,
        verbatimSymlinks: true,
        // Their relative links to the other packages lead to the copies.
        filter: (source) =>
          !skipped.test(source) || /(packages\/\w+|test|scripts)\/node_modules$/.test(source),
      });
    }
    // A folder of links instead of one link, so that the copy has its own caches in node_modules.
    const modules = join(root, 'node_modules');
    const isInstalled = (name: string) => !name.startsWith('.') || /^\.(bin|pnpm)$/.test(name);
    mkdirSync(join(this.path, 'node_modules'));
    for (const entry of readdirSync(modules).filter(isInstalled)) {
      symlinkSync(join(modules, entry), join(this.path, 'node_modules', entry));
    }
    mkdirSync(join(this.path, '.bin'));
    writeFileSync(join(this.path, '.bin/pnpm'), pnpmShim, { mode: 0o755 });
    writeFileSync(join(this.path, '.bin/npx'), npxShim, { mode: 0o755 });
  }

  /** Performs every step of a page. Rejects with the page and line of the first that fails. */
  async follow(page: string): Promise<void> {
    const steps = stepsOf(readFileSync(resolve(root, page), 'utf8'));
    if (steps.length === 0) throw new Error(`${page} has no steps to follow`);
    for (const step of steps) {
      try {
        await this.perform(step);
      } catch (error) {
        throw new Error(`${page}:${step.line}: ${(error as Error).message}`, { cause: error });
      }
    }
  }

  async perform(step: Step): Promise<void> {
    if (step.kind === 'command') {
      const { code, output } = await this.run(step.command);
      const fails = /^error [A-Z_]+:/m.test(step.shown);
      if ((code !== 0) !== fails) {
        throw new Error(`${step.command} ended with code ${code}:\n${output}`);
      }
      if (step.shown === '' || isAsShown(step.shown, output)) return;
      throw new Error(`${step.command} printed\n${output}\ninstead of\n${step.shown}`);
    }
    const file = join(this.path, step.path);
    mkdirSync(dirname(file), { recursive: true });
    const text = step.kind === 'file' ? step.text : changed(readFileSync(file, 'utf8'), step.text);
    writeFileSync(file, text);
    this.#written.add(step.path);
  }

  /**
   * Runs a shell command in the copy. `pnpm NAME` runs a script of its package.json. `output` is what a
   * terminal shows: standard output and standard error.
   */
  async run(command: string): Promise<{ readonly code: number | null; readonly output: string }> {
    const env = environmentOf(this.home.path);
    const bin = [join(this.path, '.bin'), join(this.path, 'node_modules/.bin')];
    // Tests in the copy must not run as workers of this test runner.
    for (const name of Object.keys(env).filter((key) => /^VITEST|^NODE_ENV$|^TEST$/.test(key))) {
      delete env[name];
    }
    const path = [...bin, env.PATH].join(delimiter);
    const { code, stdout } = await outcome(
      spawn('/bin/sh', ['-c', `exec 2>&1\n${command}`], {
        cwd: this.path,
        env: { ...env, INIT_CWD: this.path, NO_COLOR: '1', PATH: path },
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    );
    return { code, output: stdout };
  }

  /** What the compiler and the linter report about the files that the steps wrote. */
  async complaints(): Promise<string[]> {
    const files = [...this.#written].filter((path) => path.endsWith('.ts'));
    const config = { extends: './tsconfig.json', include: [], files };
    writeFileSync(join(this.path, 'tsconfig.guide.json'), JSON.stringify(config));
    const found: string[] = [];
    for (const command of [
      'tsc --noEmit --checkers 1 --project tsconfig.guide.json',
      `biome check --error-on-warnings --vcs-enabled=false ${files.join(' ')}`,
    ]) {
      const { code, output } = await this.run(command);
      if (code !== 0) found.push(`${command}\n${output}`);
    }
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.home[Symbol.asyncDispose]();
    } finally {
      rmSync(this.path, { recursive: true, force: true });
    }
  }
}
