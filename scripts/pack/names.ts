/** The names of the workspace packages in the one package that users install. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageName, publicText } from './words.ts';

export const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Manifest {
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly sideEffects?: boolean;
  readonly bin?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, object>>;
}

export const manifestIn = (dir: string): Manifest =>
  JSON.parse(readFileSync(join(root, dir, 'package.json'), 'utf8'));

/** Folders of the workspace packages, such as `packages/node`. */
export const packageDirs: readonly string[] = readdirSync(join(root, 'packages'), {
  withFileTypes: true,
})
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => `packages/${name}`);

/** All TypeScript sources, from the root of the workspace. */
const sources: readonly string[] = packageDirs.flatMap((dir) =>
  readdirSync(join(root, dir, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => join(dir, 'src', path)),
);

/** A module that users import or that the code loads by its path. */
export interface PublicModule {
  /** From the root of the workspace: `packages/node/src/host/main.ts`. */
  readonly source: string;
  /** In `dist`, without the extension: `node-host`. */
  readonly out: string;
}

/** A subpath of `exports`, with `*` where one stands for several modules. */
export interface Subpath extends PublicModule {
  /** `./node/host` */
  readonly subpath: string;
}

/** The exports of all workspace packages. */
export const subpaths: readonly Subpath[] = packageDirs.flatMap((dir) =>
  Object.entries(manifestIn(dir).exports ?? {}).map(([entry, source]) => {
    const name = publicText(dir.replace('packages', '@faultline') + entry.slice(1));
    const subpath = name.replace(packageName, '.');
    const out = subpath.includes('*')
      ? source.replace(/^\.\/src\/(.*)\.ts$/, '$1')
      : subpath === '.'
        ? 'index'
        : subpath.slice('./'.length).replaceAll('/', '-');
    return { subpath, source: join(dir, source), out };
  }),
);

/** The commands by name. */
export const commands: Readonly<Record<string, PublicModule>> = Object.fromEntries(
  packageDirs.flatMap((dir) =>
    Object.entries(manifestIn(dir).bin ?? {}).map(([name, source]) => [
      name,
      { source: join(dir, source), out: name },
    ]),
  ),
);

/**
 * Modules that the code starts by their path: a thread, a ready program. They keep their names next to the
 * module that refers to them, because all of `dist` is one folder.
 */
function startedByPath(): PublicModule[] {
  return sources.flatMap((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    return [...text.matchAll(/new URL\(`\.\/([\w-]+)\$\{/g)].map(([, out]) => ({
      source: join(path, '..', `${out}.ts`),
      out: out!,
    }));
  });
}

/** All modules of `dist`. */
export const modules: readonly PublicModule[] = [...subpaths.flatMap(expanded), ...startedByPath()];

function expanded({ source, out }: Subpath): PublicModule[] {
  const [before, after] = source.split('*');
  if (after === undefined) return [{ source, out }];
  return sources
    .filter((path) => path.startsWith(before!) && path.endsWith(after))
    .map((path) => ({
      source: path,
      out: out.replace('*', path.slice(before!.length, -after.length)),
    }));
}
