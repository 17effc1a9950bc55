/** `open`: the page of a cluster that runs, or of a recorded run. */
import { pageUrl } from '@faultline/dashboard/page-url';
import { clusterPaths, stateDir, toolCacheDir } from '@faultline/supervisor/registry';
import type { Command } from 'commander';
import { openBrowser } from '../browser.ts';
import { defaultName, findClusterFile, type GlobalOptions, print, urlOf } from '../context.ts';
import { wholeNumber } from '../parse.ts';
import { findRun, isRecorded, runFlagText } from '../recorded-run.ts';

interface OpenOptions extends GlobalOptions {
  readonly browser: boolean;
  readonly port: number;
}

export function addOpen(program: Command): void {
  program
    .command('open')
    .description('open the page: the cluster that runs, or a recorded run')
    .argument('[run]', runFlagText)
    .option('--no-browser', 'print the address of the page, and open no browser')
    .option('--port <port>', 'for a recorded run; 0: any free one', wholeNumber(0, 65_535), 0)
    .addHelpText(
      'after',
      `
The page of a recorded run is served until Ctrl-C.

Examples:
  pnpm cluster open                  the cluster that runs, or the run that ended last
  pnpm cluster open latest           the latest recording of this cluster
  pnpm cluster open --no-browser     print the address only`,
    )
    .action(async (run: string | undefined, _, self: Command) => {
      const options = self.optsWithGlobals<OpenOptions>();
      if (isRecorded({ ...options, run })) await openRecorded(run, options);
      else await openCluster(options);
    });
}

async function openCluster(options: OpenOptions): Promise<void> {
  const file = findClusterFile(options);
  await show(options, pageUrl(urlOf(file), file.token));
}

/** Returns after Ctrl-C. */
async function openRecorded(run: string | undefined, options: OpenOptions): Promise<void> {
  const [{ dir }, { servePage }, { serveRecordedRun }] = await Promise.all([
    findRun({ ...options, run }),
    import('@faultline/dashboard'),
    import('@faultline/supervisor'),
  ]);
  const { cache } = clusterPaths(stateDir(), options.name ?? defaultName);
  const served = await serveRecordedRun(dir, servePage(toolCacheDir(cache)), options.port);
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => resolve());
    }
  });
  await show(options, pageUrl(served.url, served.token));
  await interrupted;
  await served.close();
}

async function show(options: OpenOptions, page: string): Promise<void> {
  print(options, { page }, () => page);
  if (options.browser) openBrowser(page);
}
