/** Memory that nodes allocate and do not use, outside the JavaScript heap. */
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
  /** The request, as it came. */
  readonly memory: string;
  readonly explains: string;
}

const events = {
  'memory.leaking': eventKind({
    about: 'node',
    meaning: 'The node has begun to leak memory on request.',
    facts: {
      bytes: fact.count('total amount'),
      explains: fact.text('the amount, and how fast it grows'),
    },
    says: ({ explains }) => explains,
  }),
  'memory.leaked': eventKind({
    about: 'node',
    meaning: 'The node has leaked the whole amount.',
    facts: { bytes: fact.count('total amount') },
    says: ({ bytes }) => `has leaked ${Math.round(bytes / 1e6)} MB`,
  }),
  'memory.freed': eventKind({
    about: 'node',
    meaning: 'The memory has been freed on request.',
    says: () => 'has freed the leaked memory',
  }),
};

export const leak = nodeFault({
  name: 'leak',
  summary: 'leak memory in nodes',
  accepts: running,
  needsSdk: 'only the SDK can leak memory in its process',
  options: Type.Object(
    {
      memory: Type.Optional(
        Type.String({ description: 'total amount: 200MB', examples: ['200MB'] }),
      ),
      perSecond: Type.Optional(
        Type.String({ description: 'growth rate (default: all at once)', examples: ['20MB'] }),
      ),
      off: Type.Optional(Type.Boolean({ description: 'free the leaked memory' })),
    },
    { additionalProperties: false },
  ),
  texts: { memory: size, perSecond: size },
  main: { option: 'memory', isRequired: true },
  /** Null: frees the leaked memory. Throws BAD_SIZE, BAD_REQUEST. */
  read(options): Leak | null {
    if (isOff(options, 'frees the memory')) return null;
    const { memory, perSecond } = options;
    if (memory === undefined) {
      throw new FaultlineError(
        'BAD_REQUEST',
        'expected an amount to leak, such as --memory 200MB, or --off',
      );
    }
    const bytes = parseSize(memory);
    const bytesPerSecond = perSecond === undefined ? null : parseSize(perSecond);
    if (bytes === 0 || bytesPerSecond === 0) {
      throw new FaultlineError(
        'BAD_SIZE',
        'expected a size above 0; to free the leaked memory, use --off',
      );
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
