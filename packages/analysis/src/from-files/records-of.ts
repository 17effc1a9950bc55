/** Which records belong to a set of messages, and what the router recorded about them. */
import { messageId, type TraceEvent } from '@faultline/protocol';
import type { RunSource, SeenRecord } from '../source.ts';

/**
 * Everything that the router recorded about these messages, none of which arrived before `fromMs`; from the
 * whole recording also who joined when.
 */
export async function factsOf(
  files: RunSource,
  ids: ReadonlySet<string>,
  fromMs = Number.NEGATIVE_INFINITY,
): Promise<TraceEvent[]> {
  const isWhole = fromMs === Number.NEGATIVE_INFINITY;
  const isWanted = wantsOf(ids);
  const names = new Set(
    [...ids].map((id) => id.slice(0, id.lastIndexOf('.', id.lastIndexOf('.') - 1))),
  );
  const facts: TraceEvent[] = [];
  const wants = (record: SeenRecord): boolean =>
    (isWhole && record.kind === 'link') || (record.kind === 'fate' && isWanted(record));
  // All their records are in that range, and everything that follows from them.
  const skips = isWhole ? {} : { fromMs, onDoubt: () => {} };
  const losesOf = (name: string): boolean => names.has(name);
  for await (const batch of files.facts({
    ...{ from: 'router', vectors: false, wants, losesOf },
    ...skips,
  })) {
    for (const fact of batch) if (fact.kind !== 'fate' || ids.has(fact.id)) facts.push(fact);
  }
  return facts;
}

/** By number first: few records have one of these. */
export function wantsOf(ids: ReadonlySet<string>): (record: SeenRecord) => boolean {
  const seqs = new Set([...ids].map((id) => Number(id.slice(id.lastIndexOf('.') + 1))));
  return (record) =>
    seqs.has(record.seq) && ids.has(messageId(record.src, record.incarnation, record.seq));
}
