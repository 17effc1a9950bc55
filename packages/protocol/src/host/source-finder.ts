/**
 * Which line of which source a place in a bundle comes from, by the source map beside the bundle.
 * The map is read when the first place is asked for: who never asks pays nothing.
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

/** Takes line and column, from 1; undefined where the map does not tell. */
export type FindSource = (line: number, column: number) => SourcePlace | undefined;

export function sourceFinder(bundlePath: string): FindSource {
  let map: SourceMap | null | undefined;
  return (line, column) => {
    if (map === undefined) {
      try {
        map = new SourceMap(JSON.parse(readFileSync(`${bundlePath}.map`, 'utf8')));
      } catch {
        map = null;
      }
    }
    const entry = map?.findEntry(line - 1, column - 1);
    if (entry === undefined || !('originalSource' in entry)) return undefined;
    return {
      file: shortPath(resolve(dirname(bundlePath), entry.originalSource)),
      line: entry.originalLine + 1,
      column: entry.originalColumn + 1,
    };
  };
}

function shortPath(path: string): string {
  const fromHere = relative(process.env.INIT_CWD ?? process.cwd(), path);
  return fromHere.length < path.length ? fromHere : path;
}
