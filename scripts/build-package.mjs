/**
 * Makes `dist/` of packages: one module, its types and its maps for each source.
 *
 *   node scripts/build-package.mjs [FOLDER...]
 *
 * Without folders, of the package in the current one, as `prepack` of every package that is packed.
 * Several at a time are compiled in one run, which takes little longer than one of them. Development
 * needs none of it, because there `exports` points to the sources; `publishConfig` points to `dist/`.
 *
 * Types are not checked here; `pnpm check` does.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const given = process.argv.slice(2);
const packageDirs = (given.length > 0 ? given : ['.']).map((path) => resolve(path));
/** Other packages' sources are compiled too, each into a folder of its own. */
const staging = join(packageDirs[0], `dist.${process.pid}`);

for (const packageDir of packageDirs)
  rmSync(join(packageDir, 'dist'), { recursive: true, force: true });
mkdirSync(staging);
try {
  const config = join(staging, 'tsconfig.json');
  writeFileSync(
    config,
    JSON.stringify({
      extends: relative(staging, join(root, 'tsconfig.build.json')),
      compilerOptions: { outDir: '.' },
      include: packageDirs.map((packageDir) => join(relative(staging, packageDir), 'src')),
    }),
  );
  compile(config);
  for (const packageDir of packageDirs) {
    const made = join(staging, basename(packageDir), 'src');
    const dist = join(packageDir, 'dist');
    for (const entry of readdirSync(made, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) settle(join(entry.parentPath, entry.name), made, dist);
    }
    renameSync(made, dist);
  }
} finally {
  rmSync(staging, { recursive: true, force: true });
}

function compile(config) {
  const { bin } = createRequire(import.meta.url)('typescript/package.json');
  const tsc = join(
    dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
    bin.tsc,
  );
  execFileSync(process.execPath, [tsc, '-p', config], { stdio: ['ignore', 'inherit', 'inherit'] });
}

/** Makes one file fit for its place in `dist`: maps lead to the sources as seen from there. */
function settle(path, made, dist) {
  const text = readFileSync(path, 'utf8');
  if (path.endsWith('.map')) {
    const place = dirname(join(dist, relative(made, path)));
    const map = JSON.parse(text);
    map.sources = map.sources.map((source) => relative(place, resolve(dirname(path), source)));
    writeFileSync(path, JSON.stringify(map));
  } else if (path.endsWith('.d.ts')) {
    // The compiler does so in modules only.
    writeFileSync(path, text.replaceAll(/((?:from |import\()'\.[^']*)\.ts'/g, "$1.js'"));
  }
}
