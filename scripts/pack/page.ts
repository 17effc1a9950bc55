/** The script of the page, which `dist` has beside the code that serves it. */
import { relative } from 'node:path';
import { build } from 'esbuild';
import { pageMain } from '../../packages/dashboard/src/server/page-bundle.ts';
import { browserOptions } from '../../packages/supervisor/src/programs/bundle.ts';
import { bundledPackages, type Code, ownModules } from './code.ts';
import { root } from './names.ts';

export async function buildPage(): Promise<Code> {
  const { outputFiles, metafile } = await build({
    ...browserOptions,
    absWorkingDir: root,
    entryPoints: { page: relative(root, pageMain) },
    outdir: 'dist',
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    plugins: [ownModules],
  });
  return {
    files: new Map(outputFiles.map(({ text }) => ['page.js', text])),
    bundled: bundledPackages(metafile),
  };
}
