/**
 * Bundles a module and all its imports into one file of plain JavaScript: a process starts several times
 * cheaper from one file than from TypeScript or from a hundred files, and a cluster starts many
 * processes.
 *
 * The result is cached and reused while the size and the modification time of every source file stay the
 * same; for packages installed by pnpm, its lockfile is checked instead. A bundle is named by its content
 * and never overwritten: a running cluster keeps the program it was started with, even if the sources
 * change. A bundled module still sees its own path in `import.meta.url`.
 *
 *   <label>-<entry>.json              the latest bundle of this entry
 *   <label>-<entry>-<content>.mjs     the bundle, and the files that it loads on demand
 *   <label>-<entry>-<content>.cjs     the same, if processes start from it (`starter.ts`)
 *   <label>-<entry>-<content>.?js.json   its sources
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { FaultlineError } from '@faultline/protocol';
import type { BuildOptions, Loader, Message, Plugin } from 'esbuild';
import { onDisk } from '../state/disk-errors.ts';
import { asFunctions, type BundleFile, starterPath, starterText, withMap } from './as-functions.ts';
import { resolveOwnPackages } from './own-packages.ts';
import { shortPath } from './source-place.ts';

export interface BundleOptions {
  /** Shown in process lists. */
  readonly label: string;
  /** Source text of the entry module; it imports other modules by absolute path. */
  readonly entry: string;
  readonly cacheDir: string;
  /** Puts modules that are imported with `import()` into separate files, which are loaded on demand. */
  readonly splitting?: boolean;
  /** Processes or threads start from it and no module imports it: after the first, they start faster. */
  readonly starts?: boolean;
  /** It runs in a browser: minified, with stylesheets as texts. */
  readonly browser?: boolean;
  /** A folder from which to resolve our packages if the importing file cannot (default: our own). */
  readonly packagesFrom?: string;
}

interface Manifest {
  /** The size and modification time of each source file. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Names of all files of the bundle, including this one and the source maps. */
  readonly files: readonly string[];
}

/** Increase this whenever the same sources produce a different bundle. */
const recipe = 4;
/** Bundles not used for this long are removed when a new one is made. */
const unusedMsMax = 30 * 24 * 3600 * 1000;

/** Returns the path of the bundle. Throws PROGRAM_INVALID with the user's file and line. */
export async function bundle(options: BundleOptions): Promise<string> {
  const { label, entry, starts = false, browser = false } = options;
  // Source maps have paths relative to the real path of the bundle's folder.
  const cacheDir = onDisk(`create the folder ${options.cacheDir}`, () => {
    mkdirSync(options.cacheDir, { recursive: true, mode: 0o700 });
    return realpathSync(options.cacheDir);
  });
  const key = createHash('sha256')
    .update(`${recipe}\n${process.version}\n${starts}\n${browser}\n${entry}`)
    .digest('hex')
    .slice(0, 16);
  const name = `${label.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 40)}-${key}`;
  const pointer = join(cacheDir, `${name}.json`);
  const fresh = freshBundle(pointer);
  if (fresh !== undefined) return fresh;
  const stamps = new Map<string, string>();
  const { main, files, read } = await build({ ...options, cacheDir }, name, stamps);
  const inputs: Record<string, string> = {};
  for (const input of read) {
    const path = stampedFileOf(resolve(input));
    const stamp = stamps.get(path) ?? stampOf(path);
    if (stamp !== undefined) inputs[path] = stamp;
  }
  onDisk(`write the bundle to ${cacheDir}`, () => {
    removeUnused(cacheDir);
    for (const { path, text } of files) writeWhole(path, text);
    const names = files.map(({ path }) => basename(path));
    const manifest: Manifest = { inputs, files: [...names, `${basename(main)}.json`] };
    writeWhole(`${main}.json`, JSON.stringify(manifest));
    writeWhole(pointer, JSON.stringify({ bundle: main }));
  });
  return main;
}

const ownDir = dirname(fileURLToPath(import.meta.url));

/** The bundler is a separate process, which is stopped after the last build. */
let buildsInProgress = 0;

interface Built {
  /** The path of the file to import or to start from. */
  readonly main: string;
  readonly files: readonly BundleFile[];
  /** The sources. */
  readonly read: readonly string[];
}

async function build(
  options: BundleOptions,
  name: string,
  stamps: Map<string, string>,
): Promise<Built> {
  const { entry, cacheDir, splitting = false, starts = false, browser = false } = options;
  const esbuild = await import('esbuild');
  buildsInProgress++;
  try {
    const { metafile, outputFiles } = await esbuild.build({
      stdin: { contents: entry, resolveDir: ownDir, loader: 'ts' },
      outdir: cacheDir,
      entryNames: `${name}-[hash]`,
      chunkNames: `${name}-[hash]`,
      outExtension: { '.js': '.mjs' },
      splitting,
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      sourcemap: 'external',
      sourcesContent: false,
      logLevel: 'silent',
      ...(browser ? forBrowser(stamps) : forNode(options.packagesFrom ?? ownDir, stamps)),
    });
    const read = Object.keys(metafile.inputs);
    const main = resolve(
      Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === '<stdin>')![0],
    );
    const files = outputFiles.map(({ path, text }) => ({ path, text }));
    const functions = starts ? await asFunctions(esbuild, files, preamble) : undefined;
    if (functions === undefined) return { main, files: starts ? files.map(linked) : files, read };
    const starter = { path: main.replace(/mjs$/, 'cjs'), text: await starterText(esbuild) };
    return { main: starter.path, files: [...functions, starter], read: [...read, starterPath] };
  } catch (error) {
    const { errors } = error as { errors?: Message[] };
    if (errors === undefined) throw error;
    throw compileError(errors, error);
  } finally {
    if (--buildsInProgress === 0) await esbuild.stop();
  }
}

const linked = ({ path, text }: BundleFile): BundleFile => ({
  path,
  text: path.endsWith('.map') ? text : withMap(text, path),
});

const forNode = (packagesFrom: string, stamps: Map<string, string>) =>
  ({
    platform: 'node',
    target: 'node20',
    banner: { js: preamble },
    define: { 'import.meta.url': '__bundleUrl' },
    plugins: [resolveOwnPackages(packagesFrom), excludeBundler, keepStamps(stamps), keepPlace],
  }) satisfies BuildOptions;

/** How what runs in a browser is compiled. */
export const browserOptions = {
  platform: 'browser',
  target: 'es2022',
  minify: true,
  jsx: 'automatic',
  jsxImportSource: 'preact',
  loader: { '.css': 'text' },
  legalComments: 'none',
} as const satisfies BuildOptions;

const forBrowser = (stamps: Map<string, string>) =>
  ({
    ...browserOptions,
    plugins: [resolveOwnPackages(ownDir), keepStamps(stamps)],
  }) satisfies BuildOptions;

/**
 * ESM has no `require`, but packages written in CommonJS need one for Node's own modules. The bundle's
 * own URL has a different name, because `import.meta.url` in a module is the URL of its source.
 */
export const preamble = `import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);
const __bundleUrl = import.meta.url;`;

/** The bundler starts a binary next to its own files, so it cannot be bundled. */
const excludeBundler: Plugin = {
  name: 'exclude-bundler',
  setup(build) {
    build.onResolve({ filter: /^esbuild$/ }, () => ({
      path: createRequire(import.meta.url).resolve('esbuild'),
      external: true,
    }));
  },
};

/** The stamp is taken before the text is read, so that a file that changes in between is bundled again. */
function keepStamps(stamps: Map<string, string>): Plugin {
  return {
    name: 'keep-stamps',
    setup(build) {
      build.onLoad({ filter: /./ }, ({ path }) => {
        const stamp = stampOf(path);
        if (stamp !== undefined) stamps.set(path, stamp);
        return undefined;
      });
    },
  };
}

const keepPlace: Plugin = {
  name: 'keep-place',
  setup(build) {
    build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path }) => {
      if (path.includes('/node_modules/')) return undefined;
      const source = await readFile(path, 'utf8');
      if (!source.includes('import.meta.url')) return undefined;
      const { code } = await build.esbuild.transform(source, {
        loader: loaderOf(path),
        define: { 'import.meta.url': JSON.stringify(pathToFileURL(path).href) },
        sourcefile: path,
        sourcemap: 'inline',
        sourcesContent: false,
      });
      return { contents: code, loader: 'js' };
    });
  },
};

function loaderOf(path: string): Loader {
  const extension = extname(path);
  if (extension === '.tsx') return 'tsx';
  if (extension === '.jsx') return 'jsx';
  return extension.includes('t') ? 'ts' : 'js';
}

function compileError(messages: readonly Message[], cause: unknown): FaultlineError {
  const [first] = messages;
  const where = first?.location;
  const file = where ? shortPath(resolve(where.file)) : undefined;
  const place = where ? `${file}:${where.line}:${where.column + 1}: ` : '';
  return new FaultlineError(
    'PROGRAM_INVALID',
    `the program does not compile: ${place}${first?.text ?? String(cause)}`,
    { file, line: where?.line, column: where && where.column + 1, text: first?.text },
    { cause },
  );
}

/**
 * The file whose stamp shows whether `path` has changed. In pnpm's package folder, a path includes a
 * version, and every install that changes a package writes the lockfile there. Most files of a bundle are
 * of this kind: one stamp instead of a thousand saves a tenth of a command's start time.
 */
function stampedFileOf(path: string): string {
  const store = /^.*?[/\\]node_modules[/\\]\.pnpm[/\\]/.exec(path)?.[0];
  const lockfile = store === undefined ? undefined : join(store, 'lock.yaml');
  return lockfile !== undefined && existsSync(lockfile) ? lockfile : path;
}

/** The bundle that the pointer names, if none of its sources has changed. */
function freshBundle(pointer: string): string | undefined {
  try {
    const { bundle: output } = JSON.parse(readFileSync(pointer, 'utf8')) as { bundle: string };
    const { inputs } = JSON.parse(readFileSync(`${output}.json`, 'utf8')) as Manifest;
    if (Object.entries(inputs).some(([path, stamp]) => stampOf(path) !== stamp)) return undefined;
    const now = new Date();
    utimesSync(output, now, now);
    return output;
  } catch {
    return undefined;
  }
}

function stampOf(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats?.isFile() ? `${stats.size}-${stats.mtimeNs}` : undefined;
}

/**
 * Keeps a file that several bundles share until the last of them is removed. Removes a file together with
 * all files whose names begin with its name: its source map, and compiled code.
 */
function removeUnused(cacheDir: string): void {
  const kept = new Set<string>();
  const removed = new Set<string>();
  for (const name of readdirSync(cacheDir).filter((file) => /\.[cm]js\.json$/.test(file))) {
    const path = join(cacheDir, name);
    try {
      const { files = [] } = JSON.parse(readFileSync(path, 'utf8')) as Partial<Manifest>;
      const usedMs = statSync(path.slice(0, -'.json'.length)).mtimeMs;
      for (const file of files) (Date.now() - usedMs > unusedMsMax ? removed : kept).add(file);
    } catch {
      // Another process has just removed it.
    }
  }
  for (const name of readdirSync(cacheDir)) {
    const file = /^.*?\.[cm]?js(?=\.|$)/.exec(name)?.[0];
    if (file === undefined || !removed.has(file) || kept.has(file)) continue;
    rmSync(join(cacheDir, name), { force: true });
  }
}

/** Writes a file atomically: other processes read the old content or the new one, never a part. */
function writeWhole(path: string, contents: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, contents, { mode: 0o600 });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
