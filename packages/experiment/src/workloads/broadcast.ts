/** Broadcast: `broadcast {message}`, `read` → `{messages: [messages]}`. Each message is sent once. */
import { type Static, Type } from 'typebox';
import { readyWorkload, share } from './define.ts';
import { type LoadOptions, uniqueValue } from './workload.ts';

const options = Type.Object({ reads: share('share of reads', 0.2) });

export type BroadcastLoadOptions = LoadOptions & Static<typeof options>;

export const broadcastWorkload = readyWorkload({
  name: 'broadcast',
  summary: 'broadcast messages, each once, and read what a node has received',
  options,
  asks: ['broadcast', 'read'],
  checks: ['convergence'],
  clients: ({ reads }) => ({
    finalReads: [{ type: 'read' }],
    script: (client) => ({
      next: (n, draw) =>
        draw(0) < reads ? { type: 'read' } : { type: 'broadcast', message: uniqueValue(client, n) },
    }),
  }),
});

export const broadcastLoad = broadcastWorkload.load;
