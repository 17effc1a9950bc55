/**
 * Queries a recording larger than the allowed memory, and reports how long each answer took. It is a
 * separate process, so that its peak memory is that of the queries alone.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareOrders, explainFromFiles, RunBuilder } from '@faultline/analysis';
import { openRun } from '@faultline/recording';

export interface LargeReading {
  readonly traceMs: number;
  readonly whyMs: number;
  readonly orderMs: number;
  /** Of reading the bytes of all files, and nothing else. */
  readonly bytesMs: number;
  readonly bytes: number;
  /** The most memory that the process had after `why`, and at the end. */
  readonly peakBytes: { readonly why: number; readonly order: number };
}

const shown = 30;
const orderFactsMax = 1_000_000;

async function read(dir: string): Promise<LargeReading> {
  const files = await openRun(dir);
  const latest = (): ReturnType<typeof files.latest> => files.latest({ filter: {}, limit: shown });
  const { facts } = await latest();
  const traceMs = await timed(latest);
  const last = facts.findLast((fact) => fact.kind === 'fate' && fact.fate === 'delivered');
  if (last?.kind !== 'fate') throw new Error('no message was delivered');
  const whyMs = await timed(async () => {
    const { explanation } = await explainFromFiles(files, last.id);
    if (!explanation.rules?.agrees) throw new Error(`${last.id} was not decided again as recorded`);
  });
  const why = peakBytes();
  const orderMs = await timed(async () => {
    const { fromMs } = await files.windowWithin(orderFactsMax);
    const builder = new RunBuilder(files.run, { keepVectors: true });
    for await (const batch of files.facts({ fromMs, onDoubt: () => {} })) builder.add(batch);
    compareOrders(builder.finish(await files.events(), await files.history()));
  });
  const order = peakBytes();
  let bytes = 0;
  const bytesMs = await timed(async () => {
    for (const name of readdirSync(dir)) bytes += readFileSync(join(dir, name)).length;
  });
  return { traceMs, whyMs, orderMs, bytesMs, bytes, peakBytes: { why, order } };
}

async function timed(act: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await act();
  return performance.now() - startMs;
}

const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;

process.once('message', async (dir: string) => {
  process.send!(await read(dir), () => process.exit());
});
