import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll } from 'vitest';

/** Bundles a fixture as a supervisor bundles programs. Returns the path of the bundle. */
export async function bundleFixture(name: string, dir: string): Promise<string> {
  const outfile = join(dir, `${name}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL(`../fixtures/${name}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    sourcemap: 'external',
    logLevel: 'silent',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  return outfile;
}

/**
 * The bundle of a fixture for the tests of the file that imports this: a process starts on it in a
 * third of the time that it needs for TypeScript.
 */
export function bundledFixture(name: string): () => string {
  let dir: string;
  let path: string;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'faultline-fixture-'));
    path = await bundleFixture(name, dir);
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  return () => path;
}
