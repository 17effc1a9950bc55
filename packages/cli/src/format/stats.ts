/** The router's counters as text. */
import { type RouterStats, roundedDuration } from '@faultline/protocol';
import { table } from './table.ts';

export function formatStats({ messages, waiting, held, queuedBytes, edges }: RouterStats): string {
  const head = `${messages} messages routed, ${waiting} copies waiting, ${held} held`;
  const queues = Object.entries(queuedBytes);
  const sorted = [...edges].sort((a, b) => total(b.fates) - total(a.fates));
  return [
    head,
    ...(edges.length === 0
      ? []
      : [
          '',
          table(
            ['LINK', 'COPIES BY FATE', 'DELAY p50', 'p90', 'p99', 'LONGEST'],
            sorted.map(({ edge, fates, delays }) => {
              const times = [delays.p50Ms, delays.p90Ms, delays.p99Ms, delays.maxMs];
              return [
                edge,
                Object.entries(fates)
                  .map(([fate, count]) => `${count} ${fate}`)
                  .join(', '),
                ...times.map((ms) => (delays.buckets.length === 0 ? '-' : roundedDuration(ms))),
              ];
            }),
          ),
        ]),
    ...(queues.length === 0
      ? []
      : [
          '',
          table(
            ['WAITING FOR', 'BYTES'],
            queues.map(([node, bytes]) => [node, String(bytes)]),
          ),
        ]),
  ].join('\n');
}

const total = (fates: Readonly<Record<string, number>>): number =>
  Object.values(fates).reduce((sum, count) => sum + count, 0);
