/** A blocked event loop: nothing runs, no message is read, no timer fires. It ends automatically. */
import {
  eventKind,
  FaultlineError,
  fact,
  formatDuration,
  parseDuration,
  roundedDuration,
} from '@faultline/protocol';
import * as Type from 'typebox';
import { running } from '../states.ts';
import { duration } from '../texts.ts';
import { nodeFault } from '../verb.ts';

const hangMsMax = 3_600_000;

const events = {
  'node.hanging': eventKind({
    about: 'node',
    meaning: 'The event loop has been blocked on request.',
    facts: { forMs: fact.number('how long it is blocked') },
    says: ({ forMs }) => `hangs for ${formatDuration(forMs)}`,
  }),
  'node.hung': eventKind({
    about: 'node',
    meaning: 'The event loop that was blocked on request runs again.',
    facts: { forMs: fact.number('how long it was blocked') },
    says: ({ forMs }) => `runs again after hanging for ${roundedDuration(forMs)}`,
  }),
};

export const hang = nodeFault({
  name: 'hang',
  summary: 'block the event loop of nodes for a while',
  accepts: running,
  needsSdk: 'only the SDK can block its event loop; `pause` stops the whole process',
  options: Type.Object(
    { for: Type.String({ description: 'how long', examples: ['2s'] }) },
    { additionalProperties: false },
  ),
  texts: { for: duration },
  main: { option: 'for', isRequired: true },
  /** In milliseconds. Throws BAD_DURATION. */
  read({ for: time }): number {
    const ms = parseDuration(time);
    if (ms > 0 && ms <= hangMsMax) return ms;
    throw new FaultlineError(
      'BAD_DURATION',
      `expected a duration above 0 and up to 1h, got ${time}`,
      { for: time },
    );
  },
  undo: () => null,
  describe: ({ for: time }) => `hanging for ${time}`,
  events,
  interval: {
    kind: 'hang',
    after: { 'node.hanging': () => 'hanging', 'node.hung': () => null },
    endsWithProcess: true,
    hitsProcess: true,
  },
  help: { examples: ['hang n3 --for 2s'] },
});
