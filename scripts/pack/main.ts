/**
 * Makes the one package that users install, of all workspace packages.
 *
 *   pnpm pack:faultline [FOLDER]
 *
 * Prints the path of the tarball, which is put into the folder (default: the current one).
 */
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { buildCode } from './code.ts';
import { buildCommand } from './command.ts';
import { licensesOf } from './licenses.ts';
import {
  commands,
  type Manifest,
  manifestIn,
  modules,
  packageDirs,
  root,
  type Subpath,
  subpaths,
} from './names.ts';
import { buildPage } from './page.ts';
import { buildTypes, declarationOf } from './types.ts';
import { assets, packageName, publicText } from './words.ts';

const pathOf = (out: string): string => `./dist/${out}.js`;

/** It starts a binary next to its own files. */
const notBundled = 'esbuild';

/** Node.js can `require` ES modules, but Jest cannot: there the module throws an error with the fix. */
const notRequired = `throw new Error(
  '${packageName} is an ES module: name the test *.test.mjs, and start Jest with NODE_OPTIONS=--experimental-vm-modules',
);
`;

const folder = resolve(process.env.INIT_CWD ?? '.', process.argv[2] ?? '.');
const dir = mkdtempSync(join(tmpdir(), 'faultline-pack-'));
try {
  const peers = collected('peerDependencies');
  const types = buildTypes();
  const code = await buildCode([notBundled, ...Object.keys(peers)]);
  write('dist', code.files);
  const bins = new Map<string, string>();
  const bundled = new Set(code.bundled);
  for (const [name, { source }] of Object.entries(commands)) {
    const command = await buildCommand(name, source, [notBundled, ...Object.keys(peers)]);
    write('dist', command.files);
    bins.set(name, `./dist/${command.launcher}`);
    for (const folder of command.bundled) bundled.add(folder);
  }
  const page = await buildPage();
  for (const folder of page.bundled) bundled.add(folder);
  write('dist', page.files);
  write('dist', [['required.cjs', notRequired]]);
  write('types', types.files);
  const assetsDir = copyAssets();
  const needed = [notBundled, ...types.imported].filter((name) => !(name in peers));
  write('.', [
    ['package.json', JSON.stringify(manifest(needed, peers, bins), null, 2)],
    ['THIRD-PARTY-LICENSES', licensesOf([...[...bundled].sort(), assetsDir])],
    ...documents(),
  ]);
  mkdirSync(folder, { recursive: true });
  const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: dir,
    encoding: 'utf8',
  });
  console.log(join(folder, JSON.parse(packed)[0].filename));
} finally {
  rmSync(dir, { recursive: true });
}

function write(below: string, files: Iterable<readonly [string, string]>): void {
  for (const [path, text] of files) {
    const target = join(dir, below, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
}

/** Returns the folder of their package, relative to the root. */
function copyAssets(): string {
  const from = createRequire(join(root, 'packages/supervisor/package.json'));
  const packageDir = dirname(from.resolve(`${assets.of}/package.json`));
  cpSync(join(packageDir, assets.files), join(dir, 'dist', assets.as), { recursive: true });
  return packageDir.slice(root.length);
}

/** The dependencies of all workspace packages together. */
function collected(kind: 'dependencies' | 'peerDependencies' | 'peerDependenciesMeta') {
  return Object.assign({}, ...packageDirs.map((packageDir) => manifestIn(packageDir)[kind]));
}

function manifest(
  needed: readonly string[],
  peerDependencies: object,
  bins: ReadonlyMap<string, string>,
): object {
  const { version, description, license, engines }: Manifest = manifestIn('.');
  const versions = collected('dependencies');
  return {
    name: packageName,
    version,
    description,
    license,
    type: 'module',
    engines,
    bin: Object.fromEntries(bins),
    exports: {
      ...Object.fromEntries(subpaths.map((entry) => [entry.subpath, exported(entry)])),
      [`./${assets.as}/*`]: `./dist/${assets.as}/*`,
      './package.json': './package.json',
    },
    // A bundler omits shared modules that a program does not use.
    sideEffects: modules
      .filter(({ source }) => hasSideEffects(source))
      .map(({ out }) => pathOf(out)),
    dependencies: Object.fromEntries(
      needed.map((name) => {
        if (versions[name] === undefined)
          throw new Error(`no workspace package depends on ${name}`);
        return [name, versions[name]];
      }),
    ),
    peerDependencies,
    peerDependenciesMeta: collected('peerDependenciesMeta'),
  };
}

function hasSideEffects(source: string): boolean {
  const packageDir = source.split('/').slice(0, 2).join('/');
  return manifestIn(packageDir).sideEffects !== false;
}

function exported({ source, out }: Subpath): object {
  const module = pathOf(out);
  return {
    types: `./types/${declarationOf(source)}`,
    'module-sync': module,
    ...(source.startsWith('packages/testkit/') ? { require: './dist/required.cjs' } : {}),
    default: module,
  };
}

/** READMEs, guides and the license, at the places where links expect them. */
function documents(): [string, string][] {
  const atTop = readdirSync(root).filter((name) => /^(README|LICENSE)/.test(name));
  const below = ['packages', ...packageDirs].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  );
  return [...atTop, ...below].map((path) => [
    path,
    publicText(readFileSync(join(root, path), 'utf8')),
  ]);
}
