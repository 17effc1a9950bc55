/** The cost of recording: two real nodes and the router, with the trace off, without and with bodies. */
import { fileURLToPath } from 'node:url';
import { inTurn, median, milliseconds, perSecond, type Row, ratio, type Size } from './figures.ts';
import { type Up, up } from './processes.ts';

const program = fileURLToPath(new URL('./stream-program.ts', import.meta.url));
const levels = ['off', 'headers', 'full'] as const;
const sizes = {
  full: { rounds: 5, batches: 600, pings: 1000 },
  tiny: { rounds: 1, batches: 20, pings: 20 },
} as const;

export async function recording(size: Size): Promise<Row[]> {
  const { rounds, batches, pings } = sizes[size];
  const clusters: Up[] = [];
  try {
    for (const level of levels) {
      clusters.push(await up('--nodes', '2', '--program', program, '--trace', level));
    }
    const ask = async ({ client }: Up, type: string, body: object, field: string) => {
      const answer = await client.call('n1', { ...body, type }, { timeout: '60s' });
      return Number(answer.body[field]);
    };
    const rate = (cluster: Up) => ask(cluster, 'stream', { batches }, 'perSecond');
    const trip = (cluster: Up) => ask(cluster, 'pingpong', { count: pings }, 'medianMs');
    for (const cluster of clusters) await rate(cluster);
    const rates = await inTurn(
      rounds,
      clusters.map((cluster) => () => rate(cluster)),
    );
    const trips = await inTurn(
      rounds,
      clusters.map((cluster) => () => trip(cluster)),
    );
    const [off, headers, full] = rates.map(median) as [number, number, number];
    const [offMs, headersMs] = trips.map(median) as [number, number, number];
    return [
      {
        figure: 'messages/s between two nodes, --trace headers against off',
        value: ratio(headers / off),
        from: `${perSecond(headers)} against ${perSecond(off)}`,
        must: '≥ 0.6×',
        aim: '≥ 0.8×',
      },
      {
        figure: 'the same, --trace full against off',
        value: ratio(full / off),
        from: `${perSecond(full)} against ${perSecond(off)}`,
        must: '≥ 0.5×',
        aim: '≥ 0.75×',
      },
      {
        figure: 'a call from node to node, --trace headers against off',
        value: ratio(headersMs / offMs),
        from: `${milliseconds(headersMs)} against ${milliseconds(offMs)}`,
        must: '≤ 1.4×',
        aim: '≤ 1.15×',
      },
    ];
  } finally {
    for (const cluster of clusters) await cluster.close();
  }
}
