/**
 * The files of a bundle as functions. What V8 has made of a function's text can be kept and used at the
 * next start (`starter.ts`); what it has made of a module's cannot.
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

/** Nothing is left of what imports; of what only reads so, all but the comments. */
const withoutImports = {
  ...common,
  supported: { 'dynamic-import': false },
  minifyWhitespace: true,
} as const satisfies TransformOptions;

/**
 * `files` are modules and their source maps; each module begins with `preamble`. Returns undefined where
 * one of them cannot be a function: it awaits something before it is loaded, asks more of `import.meta`
 * than its address, or says in a text what may be code that imports.
 */
export async function asFunctions(
  { transform }: typeof import('esbuild'),
  files: readonly BundleFile[],
  preamble: string,
): Promise<BundleFile[] | undefined> {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const convert = async ({ path, text }: BundleFile): Promise<BundleFile[]> => {
    const map = Buffer.from(texts.get(`${path}.map`)!).toString('base64');
    const body = text.replace(preamble, preamble.replaceAll(/./g, ' '));
    if (callsImport.test(body)) {
      const { code } = await transform(body, withoutImports);
      if (callsImport.test(code)) throw new Error('a text of the program may be code that imports');
    }
    // V8 does not keep where a function is that imports. As many characters, as all has its place in the map.
    const source = body.replaceAll(new RegExp(callsImport, 'g'), '__load(');
    const made = await transform(
      `${source}\n//# sourceMappingURL=data:application/json;base64,${map}`,
      {
        ...common,
        sourcefile: path,
        sourcemap: 'external',
        sourcesContent: false,
        banner: "(function (module, require, __load, __bundleUrl) { 'use strict';",
        footer: '})',
      },
    );
    if (made.warnings.some(({ id }) => id === 'empty-import-meta')) throw new Error('import.meta');
    const madePath = path.replace(/mjs$/, 'js');
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

/** The text with a link to its source map, which lies beside it: debuggers then show the sources. */
export const withMap = (text: string, path: string): string =>
  `${text}//# sourceMappingURL=${basename(path)}.map\n`;

/** What a process is started on that is to run functions. */
export async function starterText({ transform }: typeof import('esbuild')): Promise<string> {
  const source = await readFile(starterPath, 'utf8');
  return (await transform(source, { ...common, loader: 'ts' })).code;
}
