/** A busy node that is limited to a share of a CPU: the measured share against the requested one. */
import { type Row, ratio, type Size } from './figures.ts';
import { up } from './processes.ts';

const sizes = {
  full: { shares: ['2%', '10%', '50%'], measuredMs: 5000 },
  tiny: { shares: ['50%'], measuredMs: 300 },
} as const;

export async function slowNode(size: Size): Promise<Row[]> {
  const { shares, measuredMs } = sizes[size];
  const running = await up('--nodes', '1', '--program', 'test/fixtures/programs/busy.ts');
  const rows: Row[] = [];
  try {
    for (const cpu of shares) {
      await running.client.slow('n1', { cpu });
      let facts: Readonly<Record<string, unknown>> = {};
      const endMs = performance.now() + 3 * measuredMs;
      while (!(Number(facts.overMs) > measuredMs) && performance.now() < endMs) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        facts = (await running.client.status()).nodes[0]!.faults[0]!.facts;
      }
      const [given, share] = [Number(facts.given), Number(facts.share)];
      rows.push({
        figure: `CPU share of a busy node: measured against requested, at ${cpu}`,
        value: ratio(given / share),
        from: `${(100 * given).toFixed(1)}% over ${Math.round(Number(facts.overMs))} ms`,
        must: '0.7×–1.4×',
        aim: '0.9×–1.1×',
      });
    }
  } finally {
    await running.close();
  }
  return rows;
}
