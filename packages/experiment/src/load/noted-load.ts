/**
 * A load with its events in the recording: when it began, when clients sent their last request, and when
 * the final reads were done. Loads of tests and loads before that of a plan are recorded alike.
 */
import type { Note } from '../note.ts';
import type { Workload } from '../workloads/workload.ts';
import { type Loaded, type LoadParts, runLoad } from './load.ts';
import { requireReached } from './reached.ts';

export interface NotedLoadParts extends LoadParts {
  readonly note: Note;
}

/** What is recorded when a load begins. */
export const begunFacts = ({ name }: Workload, clients: readonly string[]) => ({
  workload: name,
  clients,
});

/** Throws what `runLoad` throws, and LOAD_TOO_SLOW. */
export async function runNotedLoad(
  workload: Workload,
  { note, ...parts }: NotedLoadParts,
): Promise<Loaded> {
  const { clients, converge } = parts;
  note('load.begun', begunFacts(workload, clients));
  const loaded = await runLoad(workload, {
    ...parts,
    converge:
      converge === null
        ? null
        : (reached) => {
            note('load.ended', { ...reached });
            return converge(reached);
          },
  });
  const { reached } = loaded;
  if (converge === null) note('load.ended', { ...reached });
  note('load.read', {});
  requireReached(workload.name, reached);
  return loaded;
}
