/**
 * The program of a node: a ready program by name, a user's own module, or any executable. Modules are
 * bundled together with the node's host; an executable joins the router itself, at the address in its
 * environment.
 */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { basename, delimiter, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FaultlineError } from '@faultline/protocol';
import { bundle } from './bundle.ts';

export interface ProgramName {
  /** The same in each run and from any folder; recorded as the owner of a disk. */
  readonly identity: string;
  /** As the user named it. */
  readonly label: string;
}

export type ProgramSource = ProgramName &
  (
    | { readonly kind: 'module'; readonly bundlePath: string }
    | { readonly kind: 'command'; readonly argv: readonly [string, ...string[]] }
  );

const looksLikePath = /[/\\]|\.[cm]?[jt]s$/;

/** `named` maps the names of ready programs to their modules. Throws PROGRAM_NOT_FOUND. */
export function findProgram(
  name: string,
  named: Readonly<Record<string, string>>,
  cwd: string,
): string {
  const ready = named[name];
  if (ready !== undefined && Object.hasOwn(named, name)) return fileURLToPath(ready);
  const path = resolve(cwd, name);
  if (existsSync(path) && statSync(path).isFile()) return path;
  throw new FaultlineError(
    'PROGRAM_NOT_FOUND',
    looksLikePath.test(name)
      ? `there is no file ${path}${isAbsolute(name) ? '' : `: ${name} is relative to ${cwd}`}`
      : `no ready program is called ${name} (available: ${Object.keys(named).join(', ')}), and there is no file ${path}`,
    { program: name, ready: Object.keys(named), path },
  );
}

/**
 * Returns a function that makes a program's words independent of the working directory: it resolves the
 * file of a module, or paths in a command. A name that could be a ready program's, but is not, stays
 * unchanged; `findProgram` reports it.
 */
export function placing(
  program: string | readonly string[],
  named: Readonly<Record<string, string>>,
  cwd: string,
): (word: string) => string {
  if (typeof program !== 'string') {
    return (word) => (/^\.{1,2}\//.test(word) ? resolve(cwd, word) : word);
  }
  return (name) => {
    const isName = Object.hasOwn(named, name);
    const mightBeName = /^[\w-]+$/.test(name) && !existsSync(resolve(cwd, name));
    return isAbsolute(name) || isName || mightBeName ? name : resolve(cwd, name);
  };
}

/** Makes the programs of single nodes independent of the working directory. */
export const placedPrograms = (
  programs: Readonly<Record<string, string | readonly string[]>>,
  named: Readonly<Record<string, string>>,
  cwd: string,
): Record<string, string | readonly string[]> =>
  Object.fromEntries(
    Object.entries(programs).map(([node, program]) => {
      const place = placing(program, named, cwd);
      return [node, typeof program === 'string' ? place(program) : program.map(place)];
    }),
  );

export function isSameProgram(a: ProgramSource, b: ProgramSource): boolean {
  if (a.kind === 'module') return b.kind === 'module' && a.bundlePath === b.bundlePath;
  return b.kind === 'command' && a.argv.join('\0') === b.argv.join('\0');
}

/** Throws PROGRAM_INVALID if it does not compile. */
export async function bundleProgram(
  path: string,
  { identity, label }: ProgramName,
  cacheDir: string,
): Promise<ProgramSource> {
  // The space keeps this string from counting as code with import() (`as-functions.ts`).
  const entry = `import { runNode } from '@faultline/node/host';
runNode(() => import (${JSON.stringify(path)}), __bundleUrl);`;
  return {
    kind: 'module',
    identity,
    label,
    bundlePath: await bundle({
      label: basename(label).replace(/\.\w+$/, ''),
      entry,
      cacheDir,
      splitting: true,
      starts: true,
    }),
  };
}

/** Throws PROGRAM_NOT_FOUND if the command does not exist. */
export function commandProgram(argv: readonly string[], cwd: string): ProgramSource {
  const [file, ...args] = argv;
  if (file === undefined) {
    throw new FaultlineError(
      'BAD_REQUEST',
      'expected a command after --, such as `-- python3 node.py`',
    );
  }
  const candidates = file.includes('/')
    ? [isAbsolute(file) ? file : resolve(cwd, file)]
    : (process.env.PATH ?? '').split(delimiter).map((dir) => join(dir, file));
  const files = candidates.filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
  const found = files.find(isExecutable);
  if (found === undefined) {
    throw new FaultlineError(
      'PROGRAM_NOT_FOUND',
      files[0] === undefined ? `there is no command ${file}` : `${files[0]} is not executable`,
      { command: file },
    );
  }
  const identity = [found, ...args.map((word) => placed(word, cwd))].join(' ');
  return { kind: 'command', identity, label: argv.join(' '), argv: [found, ...args] };
}

/** Resolves a word that names a file, such as `node.py` in `python3 node.py`, to its path. */
function placed(word: string, cwd: string): string {
  const path = resolve(cwd, word);
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? path : word;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
