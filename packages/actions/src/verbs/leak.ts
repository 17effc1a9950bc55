/** Memory that nodes hold and do not use, outside JavaScript's heap. */
import { eventKind, FaultlineError, fact, parseSize } from '@faultline/protocol';
import * as Type from 'typebox';
import { isOff } from '../off.ts';
import { running } from '../states.ts';
import { size } from '../texts.ts';
import { nodeFault } from '../verb.ts';

export interface Leak {
  readonly bytes: number;
  /** Null: all at once. */
  readonly bytesPerSecond: number | null;
  /** As it was asked for. */
  readonly memory: string;
  readonly explains: string;
}

const events = {
  'memory.leaking': eventKind({
    about: 'node',
    meaning: 'The node has been made to hold memory that it does not use.',
    facts: {
      bytes: fact.count('how much it holds in the end'),
      explains: fact.text('the amount, and how fast it grows'),
    },
    says: ({ explains }) => explains,
  }),
  'memory.leaked': eventKind({
    about: 'node',
    meaning: 'The node holds all the memory that it was made to hold.',
    facts: { bytes: fact.count('how much it holds') },
    says: ({ bytes }) => `holds ${Math.round(bytes / 1e6)} MB for nothing`,
  }),
  'memory.freed': eventKind({
    about: 'node',
    meaning: 'The memory has been freed on request.',
    says: () => 'frees what it has leaked',
  }),
};

export const leak = nodeFault({
  name: 'leak',
  summary: 'make nodes hold memory for nothing',
  accepts: running,
  needsSdk: 'only the SDK can hold memory in its process',
  options: Type.Object(
    {
      memory: Type.Optional(
        Type.String({ description: 'how much in the end: 200MB', examples: ['200MB'] }),
      ),
      perSecond: Type.Optional(
        Type.String({ description: 'growth rate (default: all at once)', examples: ['20MB'] }),
      ),
      off: Type.Optional(Type.Boolean({ description: 'free it' })),
    },
    { additionalProperties: false },
  ),
  texts: { memory: size, perSecond: size },
  main: { option: 'memory', isRequired: true },
  /** Null: what was leaked is freed. Throws BAD_SIZE, BAD_REQUEST. */
  read(options): Leak | null {
    if (isOff(options, 'frees the memory')) return null;
    const { memory, perSecond } = options;
    if (memory === undefined) {
      throw new FaultlineError(
        'BAD_REQUEST',
        'expected how much to leak, such as --memory 200MB, or --off',
      );
    }
    const bytes = parseSize(memory);
    const bytesPerSecond = perSecond === undefined ? null : parseSize(perSecond);
    if (bytes === 0 || bytesPerSecond === 0) {
      throw new FaultlineError('BAD_SIZE', 'a leak is larger than 0: to free what leaked, --off');
    }
    const pace = perSecond === undefined ? '' : `, ${perSecond} a second`;
    return { bytes, bytesPerSecond, memory, explains: `leaks ${memory}${pace}` };
  },
  cure: { off: true },
  describe: ({ memory }) => `leaking ${memory}`,
  events,
  interval: {
    kind: 'memory',
    after: { 'memory.leaking': ({ explains }) => explains, 'memory.freed': () => null },
    endsWithProcess: true,
  },
  help: {
    examples: [
      'leak n3 --memory 200MB',
      'leak n3 --memory 200MB --per-second 20MB',
      'leak n3 --off',
    ],
  },
});
