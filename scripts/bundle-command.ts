/** Bundles the `cluster` command and notes the path of the bundle for `cluster.mjs`. */
import { renameSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundle } from '../packages/supervisor/src/programs/bundle.ts';

const main = fileURLToPath(new URL('../packages/cli/src/main.ts', import.meta.url));

export async function bundleCommand(cacheDir: string, pointer: string): Promise<string> {
  const path = await bundle({
    label: 'cluster',
    entry: `import ${JSON.stringify(main)};`,
    cacheDir,
    splitting: true,
    starts: true,
  });
  if (!path.endsWith('.cjs')) throw new Error('the command cannot be functions: as-functions.ts');
  const temporary = `${pointer}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify({ bundle: path }));
  renameSync(temporary, pointer);
  return path;
}
