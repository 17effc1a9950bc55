/** `compareMoments` of a recording that may be too large for memory: reads what lies between the two. */
import { FaultlineError, grouped } from '@faultline/protocol';
import { type Before, compareMoments, momentIn } from './before.ts';
import { type PartLimits, partFromFiles } from './part-from-files.ts';
import type { Run } from './run.ts';
import type { RunSource } from './source.ts';
import { sentMsOf } from './why-from-files.ts';

export interface Compared {
  readonly run: Run;
  readonly found: Before;
}

/** Throws as `compareMoments` does, and BAD_REQUEST where too much lies between the two moments. */
export async function compareFromFiles(
  files: RunSource,
  a: string,
  b: string,
  limits: PartLimits,
): Promise<Compared> {
  const range = async () => {
    const times: number[] = [];
    for (const text of [a, b]) {
      times.push(momentIn(files.run, text)?.atMs ?? (await sentMsOf(files, text)));
    }
    return { sinceMs: Math.min(...times), untilMs: Math.max(...times) };
  };
  const { run, cutMs } = await partFromFiles(files, range, limits);
  if (cutMs === null) return { run, found: compareMoments(run, a, b) };
  throw new FaultlineError(
    'BAD_REQUEST',
    `more than ${grouped(limits.factsMax)} facts lie between ${a} and ${b}, too many to search for a chain of messages: choose two moments that are closer together, or give Node more memory, such as NODE_OPTIONS=--max-old-space-size=8192`,
    { a, b, factsMax: limits.factsMax },
  );
}
