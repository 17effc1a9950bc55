import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { readyPrograms } from '@faultline/programs';

/** A file is named as seen from here, which need not be where the cluster was started. */
export function programName(text: string): string {
  const path = resolve(process.env.INIT_CWD ?? process.cwd(), text);
  return !Object.hasOwn(readyPrograms, text) && existsSync(path) ? path : text;
}
