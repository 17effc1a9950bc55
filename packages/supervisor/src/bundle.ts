/**
 * Bundles a module and all it imports into one file of plain JavaScript, because starting a process
 * on one file is several times cheaper than on TypeScript or on a hundred files, and a cluster
 * starts many.
 *
 * The result is cached and used again as long as every file that went into it has the size and the
 * modification time it had. A bundled module still sees its own place in `import.meta.url`.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { FaultlineError } from '@faultline/protocol';
import type { Loader, Message, Plugin } from 'esbuild';
import { onDisk } from './disk-errors.ts';

export interface BundleOptions {
  /** What the processes list shows. */
  readonly label: string;
  /** Source of the module to start from; it imports what it needs by absolute path. */
  readonly entry: string;
  readonly cacheDir: string;
  /** What is imported with `import()` goes to files of its own, which are loaded when wanted. */
  readonly splitting?: boolean;
}

interface Manifest {
  readonly inputs: Readonly<Record<string, string>>;
}

/** Returns the path of the bundle. Throws PROGRAM_INVALID with the user's file and line. */
export async function bundle({
  label,
  entry,
  cacheDir,
  splitting = false,
}: BundleOptions): Promise<string> {
  const key = createHash('sha256')
    .update(`${process.version}\n${entry}`)
    .digest('hex')
    .slice(0, 16);
  const name = `${label.replaceAll(/[^A-Za-z0-9_-]/g, '_').slice(0, 40)}-${key}`;
  const output = join(cacheDir, `${name}.mjs`);
  if (isFresh(output)) return output;
  onDisk(`write the bundle to ${cacheDir}`, () =>
    mkdirSync(cacheDir, { recursive: true, mode: 0o700 }),
  );
  const { build } = await import('esbuild');
  const stamps = new Map<string, string>();
  let result: Awaited<ReturnType<typeof build>>;
  try {
    result = await build({
      stdin: { contents: entry, resolveDir: dirname(fileURLToPath(import.meta.url)), loader: 'ts' },
      outdir: cacheDir,
      entryNames: name,
      chunkNames: `${name}-[hash]`,
      outExtension: { '.js': '.mjs' },
      splitting,
      bundle: true,
      write: false,
      metafile: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      sourcemap: 'external',
      sourcesContent: false,
      logLevel: 'silent',
      banner: { js: preamble },
      plugins: [resolveOwnPackages, leaveBundlerOut, keepPlace(stamps)],
    });
  } catch (error) {
    const { errors } = error as { errors?: Message[] };
    if (errors === undefined) throw error;
    throw compileError(errors, error);
  }
  const inputs: Record<string, string> = {};
  for (const input of Object.keys(result.metafile!.inputs)) {
    const path = resolve(input);
    const stamp = stamps.get(path) ?? stampOf(path);
    if (stamp !== undefined) inputs[path] = stamp;
  }
  onDisk(`write the bundle to ${cacheDir}`, () => {
    for (const file of result.outputFiles!) writeWhole(file.path, file.contents);
    writeWhole(manifestPath(output), JSON.stringify({ inputs } satisfies Manifest));
  });
  return output;
}

/**
 * ESM has no `require`, and packages written in CommonJS want one for Node's own modules. The
 * bundle's own address has another name, because in a module `import.meta.url` is its source's.
 */
const preamble = `import { createRequire as __createRequire } from 'node:module';
const require = __createRequire(import.meta.url);
const __bundleUrl = import.meta.url;`;

/** The bundler starts a binary that it finds beside its own files: it stays where it is. */
const leaveBundlerOut: Plugin = {
  name: 'leave-bundler-out',
  setup(build) {
    build.onResolve({ filter: /^esbuild$/ }, () => ({
      path: createRequire(import.meta.url).resolve('esbuild'),
      external: true,
    }));
  },
};

/** A user's program may import `@faultline/node` from wherever it lies. */
const resolveOwnPackages: Plugin = {
  name: 'own-packages',
  setup(build) {
    build.onResolve({ filter: /^@faultline\// }, async ({ path, kind, resolveDir, pluginData }) => {
      if (pluginData === 'asked') return undefined;
      const found = await build.resolve(path, { kind, resolveDir, pluginData: 'asked' });
      if (found.errors.length === 0) return found;
      const own = dirname(fileURLToPath(import.meta.url));
      return build.resolve(path, { kind, resolveDir: own, pluginData: 'asked' });
    });
  },
};

function keepPlace(stamps: Map<string, string>): Plugin {
  return {
    name: 'keep-place',
    setup(build) {
      build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path }) => {
        // The stamp is taken before the text is: a file that changes meanwhile is bundled anew.
        const stamp = stampOf(path);
        if (stamp !== undefined) stamps.set(path, stamp);
        if (path.includes('/node_modules/')) return undefined;
        const source = await readFile(path, 'utf8');
        if (!source.includes('import.meta.url')) return undefined;
        const place = JSON.stringify(pathToFileURL(path).href);
        return { contents: source.replaceAll('import.meta.url', place), loader: loaderOf(path) };
      });
    },
  };
}

function loaderOf(path: string): Loader {
  const extension = extname(path);
  if (extension === '.tsx') return 'tsx';
  if (extension === '.jsx') return 'jsx';
  return extension.includes('t') ? 'ts' : 'js';
}

function compileError(messages: readonly Message[], cause: unknown): FaultlineError {
  const [first] = messages;
  const where = first?.location;
  const place = where ? `${where.file}:${where.line}:${where.column + 1}: ` : '';
  return new FaultlineError(
    'PROGRAM_INVALID',
    `the program does not compile: ${place}${first?.text ?? String(cause)}`,
    { file: where?.file, line: where?.line, column: where && where.column + 1, text: first?.text },
    { cause },
  );
}

const manifestPath = (output: string): string => `${output}.json`;

function isFresh(output: string): boolean {
  try {
    const { inputs } = JSON.parse(readFileSync(manifestPath(output), 'utf8')) as Manifest;
    statSync(output);
    return Object.entries(inputs).every(([path, stamp]) => stampOf(path) === stamp);
  } catch {
    return false;
  }
}

function stampOf(path: string): string | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats?.isFile() ? `${stats.size}-${stats.mtimeNs}` : undefined;
}

/** Another process that reads the file meanwhile sees the old one or the new one, never a part. */
function writeWhole(path: string, contents: string | Uint8Array): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, contents, { mode: 0o600 });
  renameSync(temporary, path);
}
