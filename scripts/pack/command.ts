/**
 * A command of the package as functions, so that the next start can use V8's compiled code (`starter.ts`).
 *
 * An installed package does not write to its own folder. The compiled code goes to `.cache` of the
 * `node_modules` folder that holds the package: a user who can write there can replace the package too.
 */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as esbuild from 'esbuild';
import { asFunctions, starterText } from '../../packages/supervisor/src/programs/as-functions.ts';
import { preamble } from '../../packages/supervisor/src/programs/bundle.ts';
import { bundledPackages, ownModules } from './code.ts';
import { root } from './names.ts';

interface CommandCode {
  /** Of the file to start, in `dist`. */
  readonly launcher: string;
  /** Contents by path from `dist`. */
  readonly files: readonly (readonly [string, string])[];
  /** Folders of the packages that were bundled, as seen from the root. */
  readonly bundled: readonly string[];
}

export async function buildCommand(
  name: string,
  source: string,
  external: readonly string[],
): Promise<CommandCode> {
  const { outputFiles, metafile } = await esbuild.build({
    absWorkingDir: root,
    stdin: { contents: `import './${source}';`, resolveDir: root, loader: 'ts' },
    outdir: 'dist',
    // V8 compares only the length of a text with its compiled code, so the name has to depend on the text.
    entryNames: `${name}-[hash]`,
    chunkNames: `${name}-[hash]`,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    legalComments: 'none',
    banner: { js: preamble },
    define: { 'import.meta.url': '__bundleUrl' },
    external: [...external],
    plugins: [ownModules],
  });
  const files = outputFiles.map(({ path, text }) => ({ path, text }));
  const functions = await asFunctions(esbuild, files, preamble);
  if (functions === undefined) throw new Error(`${source} cannot be functions: as-functions.ts`);
  const [main] = Object.entries(metafile.outputs).find(
    ([, { entryPoint }]) => entryPoint === '<stdin>',
  )!;
  const launcher = basename(main).replace(/mjs$/, 'cjs');
  return {
    launcher,
    bundled: bundledPackages(metafile),
    files: [
      ...functions.map(({ path, text }) => [basename(path), text] as const),
      [launcher, await launcherText()],
    ],
  };
}

/** Checks the version of Node before it loads a file that an old Node cannot parse. */
async function launcherText(): Promise<string> {
  const check = readFileSync(join(root, 'scripts/node-version.mjs'), 'utf8');
  const { code } = await esbuild.transform(check, {
    format: 'cjs',
    target: 'node12',
    define: { 'import.meta.url': '__launcherUrl' },
  });
  return `#!/usr/bin/env node
const __launcherUrl = require('url').pathToFileURL(__filename);
(() => {
${code}})();
const __keptDir = require('path').join(__dirname, '../../.cache/faultline');
${await starterText(esbuild)}`;
}
