import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sourceFinder } from '../src/source-finder.ts';

const source = `export function first(): number {
  return 1;
}

export function second(): never {
  throw new RangeError('here');
}
`;

let dir: string;
let bundlePath: string;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'faultline-source-'));
  bundlePath = join(dir, 'bundle.mjs');
  const entry = join(dir, 'program.ts');
  writeFileSync(entry, source);
  await build({
    entryPoints: [entry],
    outfile: bundlePath,
    bundle: true,
    format: 'esm',
    sourcemap: 'external',
    logLevel: 'silent',
  });
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Line and column, from 1, of a text in the bundle. */
async function placeInBundle(text: string): Promise<[line: number, column: number]> {
  const { readFile } = await import('node:fs/promises');
  const lines = (await readFile(bundlePath, 'utf8')).split('\n');
  const line = lines.findIndex((each) => each.includes(text));
  return [line + 1, lines[line]!.indexOf(text) + 1];
}

describe('a place in a bundle', () => {
  test('is found in its source, by line and column', async () => {
    const [line, column] = await placeInBundle('new RangeError');
    const place = sourceFinder(bundlePath)(bundlePath, line, column)!;
    expect([place.line, place.column]).toEqual([6, 9]);
    expect(place.file.endsWith('program.ts')).toBe(true);
  });

  test('is named by the shorter way to it', async () => {
    const [line, column] = await placeInBundle('new RangeError');
    const { file } = sourceFinder(bundlePath)(bundlePath, line, column)!;
    const absolute = join(dir, 'program.ts');
    const fromHere = relative(process.env.INIT_CWD ?? process.cwd(), absolute);
    expect(file).toBe(fromHere.length < absolute.length ? fromHere : absolute);
  });

  test('without a source is not found', () => {
    const find = sourceFinder(bundlePath);
    // Before the first mapping: a comment of the bundler.
    expect(find(bundlePath, 1, 1)).toBeUndefined();
  });
});

describe('a file', () => {
  test('outside the bundle has no source', () => {
    expect(sourceFinder(bundlePath)('/elsewhere/bundle.mjs', 6, 9)).toBeUndefined();
    expect(sourceFinder(bundlePath)('node:internal/modules', 6, 9)).toBeUndefined();
  });

  test('whose map is missing, broken or empty has no source either, and does not throw', () => {
    const maps: [string, string | null][] = [
      ['missing.mjs', null],
      ['broken.mjs', '{"version":3,'],
      ['empty.mjs', '{"version":3,"sources":[],"names":[],"mappings":""}'],
      // One segment of one field: a place of the bundle that has no source.
      ['nowhere.mjs', '{"version":3,"sources":[],"names":[],"mappings":"A"}'],
    ];
    const find = sourceFinder(bundlePath);
    for (const [name, map] of maps) {
      if (map !== null) writeFileSync(join(dir, `${name}.map`), map);
      expect([name, find(join(dir, name), 1, 1)]).toEqual([name, undefined]);
    }
  });
});
