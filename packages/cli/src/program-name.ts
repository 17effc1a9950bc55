import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { readyPrograms } from '@faultline/programs';

/** A file is named as seen from here, which need not be where the cluster was started. */
export function programName(text: string): string {
  const path = resolve(process.env.INIT_CWD ?? process.cwd(), text);
  return !Object.hasOwn(readyPrograms, text) && existsSync(path) ? path : text;
}

/** A word of a command that names a file from here, with its place. */
export function placedWord(word: string, at: number): string {
  // What is to be run is looked for in PATH, unless it is a path itself.
  if (at === 0 && !word.includes('/')) return word;
  const path = resolve(process.env.INIT_CWD ?? process.cwd(), word);
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? path : word;
}
