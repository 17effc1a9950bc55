/** The licenses of the bundled packages, whose terms require passing them on. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './names.ts';

/** `folders`: of the packages, from the root. Throws for one that neither holds nor names a license. */
export function licensesOf(folders: readonly string[]): string {
  return folders.map(licenseOf).join(`\n\n${'-'.repeat(80)}\n\n`);
}

function licenseOf(folder: string): string {
  const dir = join(root, folder);
  const { name, version, license } = JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8'));
  const file = readdirSync(dir).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? undefined : readFileSync(join(dir, file), 'utf8').trim();
  if (text === undefined && license === undefined) throw new Error(`${name} names no license`);
  return [`${name} ${version} (${license})`, ...(text === undefined ? [] : [text])].join('\n\n');
}
