/** What the router reports of its links. */
import type { EdgeStats } from '@faultline/protocol';
import type { Endpoint } from './endpoint.ts';

/** The links on which copies have a fate, with the counts of each. */
export function edgeStats(endpoints: Iterable<Endpoint>): EdgeStats[] {
  return [...endpoints].flatMap((src) =>
    [...src.edges].flatMap(([dest, { counts, delays }]) => {
      const fatesSeen = [...counts].filter(([, count]) => count > 0);
      if (fatesSeen.length === 0) return [];
      return {
        edge: `${src.name}>${dest}`,
        src: src.name,
        dest,
        fates: Object.fromEntries(fatesSeen),
        delays: delays.stats(counts.get('delivered')!),
      };
    }),
  );
}

/** Bytes that wait for each endpoint that has any. */
export function queuedBytes(endpoints: Iterable<Endpoint>): Record<string, number> {
  return Object.fromEntries(
    [...endpoints].flatMap(({ name, inbox }) => {
      const bytes = inbox.queuedBytes + inbox.orphanBytes;
      return bytes > 0 ? [[name, bytes]] : [];
    }),
  );
}
