/**
 * Queries a recording as users do, and reports the time and memory of each query: a process of its
 * own, so that its peak is that of reading alone.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { compareOrders, explainMessage, exportFormats, RunBuilder } from '@faultline/analysis';
import { openRun } from '@faultline/recording';

export interface RunReading {
  readonly loadMs: number;
  readonly whyMs: readonly number[];
  readonly orderMs: number;
  /** By format. */
  readonly exports: Readonly<Record<string, { readonly ms: number; readonly bytes: number }>>;
  /** The most memory that the process had by then. */
  readonly peakBytes: { readonly loaded: number; readonly exported: number };
}

const formats = ['shiviz', 'perfetto', 'otlp'] as const;
const whyRounds = 20;
/** Messages between two that are explained; a prime, so that links and types alternate. */
const apart = 997;

async function read(dir: string): Promise<RunReading> {
  const files = await openRun(dir);
  const startMs = performance.now();
  const builder = new RunBuilder(files.run);
  for await (const facts of files.facts({ vectors: false })) builder.add(facts);
  const run = builder.finish(await files.events(), await files.history());
  const loadMs = performance.now() - startMs;
  const loaded = peakBytes();
  // Messages of the last part of the run: with the most before them that has to be decided again.
  const whyMs = Array.from({ length: whyRounds }, (_, round) => {
    const message = run.messageCount - 1 - round * apart;
    const askedMs = performance.now();
    const { rules } = explainMessage(run, run.id(message));
    if (!rules?.agrees) throw new Error(`${run.id(message)} was not decided again as recorded`);
    return performance.now() - askedMs;
  });
  const orderMs = timed(() => compareOrders(run)).ms;
  const exports: Record<string, { ms: number; bytes: number }> = {};
  for (const format of formats) {
    const file = openSync(join(dir, `export.${format}`), 'w');
    let bytes = 0;
    const { ms } = timed(() => {
      for (const text of exportFormats[format](run)) bytes += writeSync(file, text);
    });
    closeSync(file);
    exports[format] = { ms, bytes };
  }
  return { loadMs, whyMs, orderMs, exports, peakBytes: { loaded, exported: peakBytes() } };
}

function timed(act: () => void): { ms: number } {
  const startMs = performance.now();
  act();
  return { ms: performance.now() - startMs };
}

const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;

process.once('message', async (dir: string) => {
  process.send!(await read(dir), () => process.exit());
});
