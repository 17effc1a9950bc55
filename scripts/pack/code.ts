/**
 * The code of the package: a module for each export, and shared code in chunks, so that a class is the same
 * wherever it is imported from. Everything but `external` is bundled, so that an installation is small and a
 * command reads only a few files.
 */
import { readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { build, type Metafile, type Plugin } from 'esbuild';
import { modules, type PublicModule, root, subpaths } from './names.ts';
import { packageName, publicText } from './words.ts';

export interface Code {
  /** Contents by path from `dist`. */
  readonly files: ReadonlyMap<string, string>;
  /** Folders of the packages that were bundled, as seen from the root. */
  readonly bundled: readonly string[];
}

/**
 * The code of nodes and of the router shares nothing with the rest: they are separate processes, and their code
 * is bundled again with a program. A chunk shared with other modules would include their dependencies too, and
 * every node would load them.
 */
const processes = [['packages/node', 'packages/programs'], ['packages/router']];

export async function buildCode(external: readonly string[]): Promise<Code> {
  const groupOf = ({ source }: PublicModule) =>
    processes.findIndex((dirs) => dirs.some((dir) => source.startsWith(`${dir}/`)));
  const groups = new Set(modules.map(groupOf));
  const built = await Promise.all(
    [...groups].map((group) => {
      const together = modules.filter((module) => groupOf(module) === group);
      return buildTogether(together, external);
    }),
  );
  return {
    files: new Map(built.flatMap(({ files }) => [...files])),
    bundled: [...new Set(built.flatMap(({ bundled }) => bundled))].sort(),
  };
}

async function buildTogether(
  together: readonly PublicModule[],
  external: readonly string[],
): Promise<Code> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(together.map(({ out, source }) => [out, source])),
    outdir: 'dist',
    bundle: true,
    splitting: true,
    chunkNames: 'shared-[hash]',
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    legalComments: 'none',
    external: [...external],
    plugins: [ownModules],
  });
  const dist = join(root, 'dist');
  return {
    files: new Map(
      outputFiles.map(({ path, text }) => [relative(dist, path), withRequire(text, path)]),
    ),
    bundled: bundledPackages(metafile),
  };
}

/** Sources with the package names of their users, and imports that still lead to the workspace. */
export const ownModules: Plugin = {
  name: 'own-modules',
  setup({ onLoad, onResolve }) {
    const sources = new Map(
      subpaths.map(({ subpath, source }) => [
        packageName + subpath.slice(1),
        resolve(root, source),
      ]),
    );
    onResolve({ filter: new RegExp(`^${packageName}(/|$)`) }, ({ path }) => {
      const source = sources.get(path);
      return source === undefined ? undefined : { path: source };
    });
    onLoad({ filter: /[/\\]packages[/\\][^/\\]+[/\\]src[/\\].*\.tsx?$/ }, ({ path }) => ({
      contents: publicText(readFileSync(path, 'utf8')),
      loader: path.endsWith('x') ? 'tsx' : 'ts',
    }));
  },
};

const shim = /^var __require = \/\* @__PURE__ \*\/[\s\S]*?\n\}\);$/m;

/** CommonJS packages need a `require` for Node's own modules, which ESM does not have. */
function withRequire(text: string, path: string): string {
  const made = text.replace(
    shim,
    `import { createRequire as __createRequireHere } from 'node:module';
var __require = /* @__PURE__ */ __createRequireHere(import.meta.url);`,
  );
  if (made.includes('Dynamic require of'))
    throw new Error(`${path}: esbuild's require has changed`);
  return made;
}

export function bundledPackages({ inputs }: Metafile): string[] {
  const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/;
  return [...new Set(Object.keys(inputs).flatMap((path) => folder.exec(path)?.[0] ?? []))];
}
