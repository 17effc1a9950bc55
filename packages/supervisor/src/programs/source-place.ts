/**
 * Finds the line of the user's own code in a stack trace. The innermost frames are often those of Node,
 * a library or the node host; the user's code is further out.
 */
import { createRequire } from 'node:module';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Sources and compiled files of the packages that make up the host. */
const hostDirs = ['node', 'link', 'recording', 'protocol', 'clocks'].flatMap((name) => {
  const main = createRequire(import.meta.url).resolve(`@faultline/${name}`);
  return ['src', 'dist'].map((folder) => resolve(dirname(main), '..', folder));
});

/** The user's working directory: paths are shown relative to it. */
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

/** The first of these places, innermost first, in the user's code; otherwise in a library; otherwise undefined. */
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

/** The places in a printed stack trace, innermost first; omits places that are not in a file. */
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
    // A message may contain text that only resembles a frame.
    return undefined;
  }
}
