/**
 * Converts the files of a bundle to functions. V8's compiled code of a function can be stored and reused
 * at the next start (`starter.ts`); that of a module cannot.
 */
import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TransformOptions } from 'esbuild';

export interface BundleFile {
  readonly path: string;
  readonly text: string;
}

const extension = extname(fileURLToPath(import.meta.url));
export const starterPath = fileURLToPath(new URL(`./starter${extension}`, import.meta.url));

const common = {
  format: 'cjs',
  target: 'node20',
  logLevel: 'silent',
} as const satisfies TransformOptions;

const callsImport = /\bimport\(/;

/** Removes all real `import()` calls and all comments; `import(` in a string remains. */
const withoutImports = {
  ...common,
  supported: { 'dynamic-import': false },
  minifyWhitespace: true,
} as const satisfies TransformOptions;

/**
 * `files` are modules and, if they have any, their source maps; each module begins with `preamble`.
 * Returns undefined if one of them cannot be a function: it has a top-level `await`, uses more of `import.meta` than `url`, or has
 * `import(` in a string, which may be code.
 */
export async function asFunctions(
  { transform }: typeof import('esbuild'),
  files: readonly BundleFile[],
  preamble: string,
): Promise<BundleFile[] | undefined> {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const convert = async ({ path, text }: BundleFile): Promise<BundleFile[]> => {
    const map = texts.get(`${path}.map`);
    const body = text.replace(preamble, preamble.replaceAll(/./g, ' '));
    if (callsImport.test(body)) {
      const { code } = await transform(body, withoutImports);
      if (callsImport.test(code))
        throw new Error('a string of the program may be code that imports');
    }
    // V8 cannot store functions that import. The replacement has the same length to match the source map.
    const source = body.replaceAll(new RegExp(callsImport, 'g'), '__load(');
    const made = await transform(map === undefined ? source : inlined(source, map), {
      ...common,
      sourcefile: path,
      ...(map !== undefined && { sourcemap: 'external', sourcesContent: false }),
      banner: "(function (module, require, __load, __bundleUrl) { 'use strict';",
      footer: '})',
    });
    if (made.warnings.some(({ id }) => id === 'empty-import-meta')) throw new Error('import.meta');
    const madePath = path.replace(/mjs$/, 'js');
    if (map === undefined) return [{ path: madePath, text: made.code }];
    return [
      { path: madePath, text: withMap(made.code, madePath) },
      { path: `${madePath}.map`, text: made.map },
    ];
  };
  try {
    const modules = files.filter(({ path }) => path.endsWith('.mjs'));
    return (await Promise.all(modules.map(convert))).flat();
  } catch {
    return undefined;
  }
}

const inlined = (text: string, map: string): string =>
  `${text}\n//# sourceMappingURL=data:application/json;base64,${Buffer.from(map).toString('base64')}`;

/** Adds a link to the source map next to the file, with which debuggers show the sources. */
export const withMap = (text: string, path: string): string =>
  `${text}//# sourceMappingURL=${basename(path)}.map\n`;

/** The file from which a process starts to run functions. */
export async function starterText({ transform }: typeof import('esbuild')): Promise<string> {
  const source = await readFile(starterPath, 'utf8');
  return (await transform(source, { ...common, loader: 'ts' })).code;
}
