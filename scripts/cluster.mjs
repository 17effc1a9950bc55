/**
 * Starts the `cluster` command from its TypeScript sources, as one bundled file: kept under
 * node_modules/.cache and used until a source changes. That makes a command start several times
 * faster.
 */
import './node-version.mjs';
import { readFileSync, statSync, utimesSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const cacheDir = fileURLToPath(new URL('../node_modules/.cache/faultline/', import.meta.url));
const pointer = `${cacheDir}cluster.json`;

/** The bundle made last, if nothing that went into it has changed. */
function cached() {
  try {
    const { bundle } = JSON.parse(readFileSync(pointer, 'utf8'));
    const { inputs } = JSON.parse(readFileSync(`${bundle}.json`, 'utf8'));
    const isFresh = Object.entries(inputs).every(([path, stamp]) => {
      const { size, mtimeNs } = statSync(path, { bigint: true });
      return `${size}-${mtimeNs}` === stamp;
    });
    if (!isFresh) return undefined;
    // Bundles unused for long are removed; this one is in use.
    const now = new Date();
    utimesSync(bundle, now, now);
    return bundle;
  } catch {
    return undefined;
  }
}

/** In a separate process: a compiler stays loaded as long as its process, and a cluster may run long. */
function build() {
  const { spawnSync } = require('node:child_process');
  const builder = fileURLToPath(new URL('build-command.mjs', import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [builder, cacheDir, pointer], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status !== 0) process.exit(status || 1);
  return stdout;
}

// The same as `import()`, but sooner. No `await` here: an old Node could not parse this file, and would not
// report that it is too old.
require(cached() || build());
