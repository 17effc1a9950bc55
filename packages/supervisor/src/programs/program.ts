/**
 * What a node runs: a ready program by name, a user's own module, or any executable. Modules are
 * bundled together with the node's host; an executable joins the router by itself, with the address
 * it finds in its environment.
 */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { basename, delimiter, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FaultlineError } from '@faultline/protocol';
import { bundle } from './bundle.ts';

export interface ProgramName {
  /** The same in each run, from whatever folder it is started: what a disk remembers. */
  readonly identity: string;
  /** As its user named it. */
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
      : `no ready program is called ${name} (there are ${Object.keys(named).join(', ')}) and there is no file ${path}`,
    { program: name, ready: Object.keys(named), path },
  );
}

/**
 * How words that say what nodes run are put so that they hold from any folder: files, where `program` is a
 * module, and paths, where it is a command. What is called as a ready program might be, and is none, stays
 * as it is, and is told by whoever looks for it.
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

/** What single nodes run, put so that it holds from any folder. */
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

/** Throws PROGRAM_INVALID where it does not compile. */
export async function bundleProgram(
  path: string,
  { identity, label }: ProgramName,
  cacheDir: string,
): Promise<ProgramSource> {
  // With a blank: what holds this text would else count as a text that imports (`as-functions.ts`).
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

/** Throws PROGRAM_NOT_FOUND where the command is not there, before anything is started. */
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

/** A word that names a file, such as the `node.py` of `python3 node.py`, with its place. */
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
