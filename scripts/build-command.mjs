/** Bundles the `cluster` command, prints the path of the bundle, and exits. */
import { tsImport } from 'tsx/esm/api';

const [cacheDir, pointer] = process.argv.slice(2);
try {
  const { bundleCommand } = await tsImport('./bundle-command.ts', import.meta.url);
  process.stdout.write(await bundleCommand(cacheDir, pointer));
} catch (error) {
  process.stderr.write(`error ${error.code ?? 'INTERNAL'}: ${error.message}\n`);
  process.exitCode = 3;
}
