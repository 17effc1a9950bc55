/** Broadcast: `broadcast {message}`, `read` → `{messages: [messages]}`. Each message is sent once. */
import { knownAs, type LoadOptions, readPace, uniqueValue, type Workload } from './workload.ts';

export interface BroadcastLoadOptions extends LoadOptions {
  /** Share of reads; default 0.2. */
  readonly reads?: number;
}

export function broadcastLoad(options: BroadcastLoadOptions): Workload {
  const { reads = 0.2 } = options;
  return knownAs('broadcast', options, {
    name: 'broadcast',
    pace: readPace(options),
    finalReads: [{ type: 'read' }],
    script: (client) => ({
      next: (n, draw) =>
        draw(0) < reads ? { type: 'read' } : { type: 'broadcast', message: uniqueValue(client, n) },
    }),
  });
}
