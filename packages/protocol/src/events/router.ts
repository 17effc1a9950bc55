/** The router's process. */

import { plural } from '../grammar/counts.ts';
import { eventKind } from './definition.ts';
import { count, nullable, number, optional, text, texts } from './facts.ts';

export const routerEvents = {
  'router.ready': eventKind({
    about: 'cluster',
    meaning: 'The router listens: at the start, and again after a crash.',
    facts: {
      pid: nullable(count('its process id; null if it has already ended')),
      port: count('where nodes and clients connect'),
      afterMs: number('time since it started'),
    },
    says: ({ port, afterMs }) => `router ready on port ${port} after ${afterMs} ms`,
  }),
  'router.crashed': eventKind({
    about: 'cluster',
    meaning: "The router's process has ended unexpectedly; it restarts on the same port.",
    facts: {
      exitCode: nullable(number('exit code of the process; null: it ended by a signal')),
      signal: nullable(text('signal that ended the process; null: it exited')),
      output: optional(text('the end of its output')),
    },
    says: ({ signal, exitCode }) =>
      `router died (${signal ?? `exit code ${exitCode}`}); starting it again`,
  }),
  'router.lost': eventKind({
    about: 'cluster',
    meaning: 'A router that died took messages with it; its successor reports which.',
    facts: {
      count: count('how many'),
      messages: texts('their ids; at most 20 are listed'),
    },
    says: ({ count: lost }) => `${plural(lost, 'message')} went down with the router`,
  }),
};
