/** Which nodes recorded what they did, from the beginning of the series of each. */
import type { RunBuilder } from '../builder.ts';
import type { RunSource, SeenRecord } from '../source.ts';

/** A node that recorded anything itself does so for its whole lifetime. */
export async function knowNodes(files: RunSource, builder: RunBuilder): Promise<void> {
  for (const series of await files.series()) {
    const dot = series.lastIndexOf('.');
    if (dot < 0) continue;
    let isThere = false;
    let keepsRecord = false;
    const wants = ({ kind }: SeenRecord): boolean => {
      isThere = true;
      const isFirst = !keepsRecord && kind !== 'handled';
      keepsRecord ||= isFirst;
      return isFirst;
    };
    for await (const _ of files.facts({ from: (each) => each === series, wants })) break;
    const incarnation = Number(series.slice(dot + 1));
    if (isThere) builder.knows(series.slice(0, dot), incarnation, keepsRecord);
  }
}
