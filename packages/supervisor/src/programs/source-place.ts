/**
 * Which line of the user's own a stack points to. The innermost frames are often Node's, a library's
 * or the node host's; what a user can change is further out.
 */
import { createRequire } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Sources of the packages that make up the host, and what was compiled of them. */
const hostDirs = ['node', 'link', 'recording', 'protocol', 'clocks'].flatMap((name) => {
  const main = createRequire(import.meta.url).resolve(`@faultline/${name}`);
  return ['src', 'dist'].map((folder) => resolve(dirname(main), '..', folder));
});

/** Where the user works: places are told as seen from there. */
export function workDir(): string {
  return process.env.INIT_CWD ?? process.cwd();
}

/** A file as the user would name it. */
export function shortPath(path: string): string {
  const fromHere = relative(workDir(), path);
  return fromHere.length < path.length ? fromHere : path;
}

function isHost(file: string): boolean {
  const path = resolve(workDir(), file);
  return hostDirs.some((dir) => path.startsWith(`${dir}/`));
}

const isLibrary = (file: string): boolean => file.includes('/node_modules/');

/** The first of these places, innermost first, that is the user's; else a library's; else none. */
export function ownPlace(
  places: readonly { readonly file: string; readonly line: number }[],
): string | undefined {
  const outside = places.filter(({ file }) => !isHost(file));
  const own = outside.find(({ file }) => !isLibrary(file)) ?? outside[0];
  return own === undefined ? undefined : `${own.file}:${own.line}`;
}

export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

const frame = /^ {4}at (?:.*? \()?(\S.*?):(\d+):(\d+)\)?$/gm;

/** The places that a printed stack names, innermost first; those that are in no file are left out. */
export function placesIn(stack: string): Place[] {
  return [...stack.matchAll(frame)].flatMap(([, named, line, column]) => {
    const file = fileOf(named!);
    return file === undefined ? [] : { file, line: Number(line), column: Number(column) };
  });
}

function fileOf(named: string): string | undefined {
  if (!named.startsWith('file:')) return /^(node:|<|eval at )/.test(named) ? undefined : named;
  try {
    return fileURLToPath(named);
  } catch {
    // A message may hold anything, also what only looks like a frame.
    return undefined;
  }
}
