/** Exhausted file descriptors: the next file or connection that a node opens fails with EMFILE. */
import { eventKind, fact } from '@faultline/protocol';
import * as Type from 'typebox';
import { isOff } from '../off.ts';
import { running } from '../states.ts';
import { nodeFault } from '../verb.ts';

const events = {
  'descriptors.taken': eventKind({
    about: 'node',
    meaning: 'File descriptors of the process have been taken.',
    facts: {
      count: fact.count('how many'),
      errno: fact.nullable(
        fact.text('the error that another one would get, such as EMFILE; null: none'),
      ),
    },
    says: ({ count: held, errno }) =>
      errno === null ? `${held} descriptors taken` : `no descriptors left (${errno})`,
  }),
  'descriptors.freed': eventKind({
    about: 'node',
    meaning: 'The descriptors have been given back on request.',
    says: () => 'has its descriptors back',
  }),
};

export const exhaust = nodeFault({
  name: 'exhaust',
  summary: 'use up the file descriptors of nodes',
  accepts: running,
  options: Type.Object(
    {
      descriptors: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 65_536,
          description: 'number of descriptors to take (default: all)',
        }),
      ),
      off: Type.Optional(Type.Boolean({ description: 'close the descriptors that were taken' })),
    },
    { additionalProperties: false },
  ),
  main: { option: 'descriptors', isRequired: false },
  /** Null: all of them. */
  read: (options): number | null | 'off' =>
    isOff(options, 'closes the descriptors') ? 'off' : (options.descriptors ?? null),
  cure: { off: true },
  describe: () => 'without descriptors',
  events,
  interval: {
    kind: 'descriptors',
    after: {
      'descriptors.taken': ({ count, errno }) =>
        errno === null ? `with ${count} descriptors taken` : 'without descriptors',
      'descriptors.freed': () => null,
    },
    endsWithProcess: true,
  },
  help: {
    flags: { descriptors: '--descriptors [count]' },
    examples: [
      ['exhaust n3 --descriptors', 'every open fails with EMFILE'],
      ['exhaust n3 --descriptors 100', 'take 100 and leave the rest'],
      'exhaust n3 --off',
    ],
  },
});
