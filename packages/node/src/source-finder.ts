/**
 * Which line of which source a place in a bundle comes from, by the source map beside each file of
 * the bundle. A map is read when the first place in its file is asked for: who never asks pays
 * nothing.
 */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, relative, resolve } from 'node:path';

export interface SourcePlace {
  /** Relative to where the user works, where that is shorter. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Takes a file of the bundle, line and column from 1; undefined if no map has the place. */
export type FindSource = (path: string, line: number, column: number) => SourcePlace | undefined;

/** `bundlePath` is one file of the bundle; the others lie beside it. */
export function sourceFinder(bundlePath: string): FindSource {
  const dir = dirname(bundlePath);
  const maps = new Map<string, SourceMap | null>();
  return (path, line, column) => {
    if (dirname(path) !== dir) return undefined;
    let map = maps.get(path);
    if (map === undefined) {
      map = readMap(`${path}.map`);
      maps.set(path, map);
    }
    const entry = map?.findEntry(line - 1, column - 1);
    // Code that the bundler added has a place in the map, and no source.
    if (entry === undefined || !('originalSource' in entry) || !entry.originalSource) {
      return undefined;
    }
    return {
      file: shortPath(resolve(dir, entry.originalSource)),
      line: entry.originalLine + 1,
      column: entry.originalColumn + 1,
    };
  };
}

function readMap(path: string): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}

function shortPath(path: string): string {
  const fromHere = relative(process.env.INIT_CWD ?? process.cwd(), path);
  return fromHere.length < path.length ? fromHere : path;
}
