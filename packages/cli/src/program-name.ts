import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { readyPrograms } from '@faultline/programs';

/** A file is named relative to here, which need not be where the cluster was started. */
export function programName(text: string): string {
  const path = resolve(process.env.INIT_CWD ?? process.cwd(), text);
  return !Object.hasOwn(readyPrograms, text) && existsSync(path) ? path : text;
}

/** A word of a command that names a file from here, as an absolute path. */
export function placedWord(word: string, at: number): string {
  // The executable is looked up in PATH, unless it is a path itself.
  if (at === 0 && !word.includes('/')) return word;
  const path = resolve(process.env.INIT_CWD ?? process.cwd(), word);
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? path : word;
}
