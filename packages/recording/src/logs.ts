/** The nodes' output, from the log files of a run, which hold no times. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface NodeLog {
  readonly node: string;
  /** Oldest first. */
  readonly lines: readonly string[];
}

/** The latest `count` lines of each node that printed anything, in the order of their names. */
export async function readLogs(dir: string, count: number): Promise<NodeLog[]> {
  const folder = join(dir, 'logs');
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const nodes = names
    .map((name) => /^([^.]+)\.log(?:\.1)?$/.exec(name)?.[1])
    .filter((name) => name !== undefined);
  const sorted = [...new Set(nodes)].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  return Promise.all(
    sorted.map(async (node) => {
      const path = join(folder, `${node}.log`);
      // The older file holds what did not fit into the newer one.
      const texts = await Promise.all([textOf(`${path}.1`), textOf(path)]);
      const lines = texts.join('').split('\n');
      if (lines.at(-1) === '') lines.pop();
      return { node, lines: lines.slice(-count) };
    }),
  );
}

const textOf = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
