/** The types of the package: the declarations that its modules reach, with paths as imports. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { modules, packageDirs, root, subpaths } from './names.ts';
import { packageName, publicText } from './words.ts';

export interface Types {
  /** Contents by path from `types`, which are those of the sources: `node/src/index.d.ts`. */
  readonly files: ReadonlyMap<string, string>;
  /** Their imports from other packages. */
  readonly imported: ReadonlySet<string>;
}

/** The declaration of a source, as a path from `types`. */
export const declarationOf = (source: string): string =>
  relative('packages', source).replace(/\.ts$/, '.d.ts');

export function buildTypes(): Types {
  const made = mkdtempSync(join(root, 'dist.'));
  try {
    compile(made);
    return reachable(made);
  } finally {
    rmSync(made, { recursive: true });
  }
}

/** Types are not checked here; `pnpm check` does. */
function compile(dir: string): void {
  const config = {
    extends: '../tsconfig.json',
    compilerOptions: {
      noEmit: false,
      noCheck: true,
      declaration: true,
      emitDeclarationOnly: true,
      rootDir: '../packages',
      outDir: '.',
    },
    include: packageDirs.map((packageDir) => `../${packageDir}/src`),
  };
  writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify(config));
  const manifest = createRequire(import.meta.url).resolve('typescript/package.json');
  const tsc = join(dirname(manifest), JSON.parse(readFileSync(manifest, 'utf8')).bin.tsc);
  // Its threads would each infer the same types again. Without them it takes a quarter of the time.
  execFileSync(process.execPath, [tsc, '--checkers', '1', '-p', join(dir, 'tsconfig.json')], {
    stdio: 'inherit',
    env: { ...process.env, GOGC: '800' },
  });
}

const specifier = /(from |import\(|^import |declare module )(['"])([^'"]+)\2/gm;

function reachable(made: string): Types {
  const files = new Map<string, string>();
  const imported = new Set<string>();
  const own = new Map(
    subpaths.map(({ subpath, source }) => [packageName + subpath.slice(1), declarationOf(source)]),
  );
  const next = modules.map(({ source }) => declarationOf(source));
  for (let path = next.pop(); path !== undefined; path = next.pop()) {
    if (files.has(path)) continue;
    const at = dirname(path);
    const text = publicText(readFileSync(join(made, path), 'utf8')).replaceAll(
      specifier,
      (_, before: string, quote: string, name: string) => {
        const target = name.startsWith('.')
          ? join(at, name.replace(/\.ts$/, '.d.ts'))
          : own.get(name);
        if (target !== undefined) next.push(target);
        else if (!name.startsWith('node:')) imported.add(name);
        return `${before}${quote}${target === undefined ? name : pathFrom(at, target)}${quote}`;
      },
    );
    files.set(path, text);
  }
  return { files, imported };
}

function pathFrom(dir: string, declaration: string): string {
  const path = relative(dir, declaration).replace(/\.d\.ts$/, '.js');
  return path.startsWith('.') ? path : `./${path}`;
}
