/** A node that gets only a share of a CPU, as on a busy machine. */
import {
  eventKind,
  FaultlineError,
  fact,
  formatDuration,
  formatPercent,
  parseDuration,
  parsePercent,
} from '@faultline/protocol';
import * as Type from 'typebox';
import { isOff } from '../off.ts';
import { anyState } from '../states.ts';
import { duration, percent } from '../texts.ts';
import { nodeFault } from '../verb.ts';

/** Below this, time slices are so rare that the node is paused rather than slow. */
const shareMin = 0.01;
const shareMax = 0.99;

export interface CpuShare {
  readonly share: number;
  /** Null: until it is ended. */
  readonly forMs: number | null;
}

const events = {
  'cpu.limited': eventKind({
    about: 'node',
    meaning: 'The node has been limited to a share of a CPU.',
    facts: {
      share: fact.number('from 0 to 1'),
      forMs: fact.optional(fact.number('how long (default: until it is ended)')),
    },
    says: ({ share, forMs }) =>
      `slowed to ${formatPercent(share)} of a CPU${forMs === undefined ? '' : ` for ${formatDuration(forMs)}`}`,
  }),
  'cpu.restored': eventKind({
    about: 'node',
    meaning: 'The limit has ended: the node runs at full speed.',
    facts: {
      why: fact.oneOf(['on request', 'its time is over'], 'why it ended'),
      share: fact.number('the share that it was limited to, from 0 to 1'),
      given: fact.optional(fact.number('the share that it actually got, from 0 to 1')),
      overMs: fact.optional(fact.number('the time over which that was measured')),
    },
    says: ({ why, share, given }) =>
      `at full speed again, ${why}${given === undefined ? '' : `: ${formatPercent(given)} of a CPU given, ${formatPercent(share)} requested`}`,
  }),
};

export const slow = nodeFault({
  name: 'slow',
  summary: 'limit nodes to a share of a CPU',
  accepts: anyState,
  options: Type.Object(
    {
      cpu: Type.Optional(
        Type.String({
          description: 'share of one CPU to leave, from 1% to 99%',
          examples: ['10%'],
        }),
      ),
      for: Type.Optional(
        Type.String({ description: 'restore full speed after this long', examples: ['10s'] }),
      ),
      off: Type.Optional(Type.Boolean({ description: 'restore full speed' })),
    },
    { additionalProperties: false },
  ),
  texts: { cpu: percent, for: duration },
  main: { option: 'cpu', isRequired: true },
  /** Throws BAD_PERCENT, BAD_DURATION, BAD_REQUEST. */
  read(options): CpuShare | 'off' {
    if (isOff(options, 'restores full speed')) return 'off';
    const { cpu, for: time } = options;
    if (cpu === undefined) {
      throw new FaultlineError(
        'BAD_REQUEST',
        'expected a share of a CPU, such as --cpu 10%, or --off',
      );
    }
    const share = parsePercent(cpu);
    if (share < shareMin || share > shareMax) {
      throw new FaultlineError(
        'BAD_PERCENT',
        `expected a share from 1% to 99% of a CPU, got ${cpu}; to stop a node completely, use \`pause\``,
        { cpu, shareMin, shareMax },
      );
    }
    return { share, forMs: time === undefined ? null : readLifetime(time) };
  },
  cure: { off: true },
  describe: ({ cpu }) => `at ${cpu} of a CPU`,
  events,
  interval: {
    kind: 'cpu',
    after: { 'cpu.limited': () => 'slowed down', 'cpu.restored': () => null },
    endsWithProcess: false,
    hitsProcess: true,
  },
  help: {
    notes:
      'A slow node stays slow across restarts, as a slow machine would. `resume` restores full speed too.',
    examples: ['slow n3 --cpu 10%', 'slow leader --cpu 5% --for 10s', 'slow n3 --off'],
  },
});

function readLifetime(text: string): number {
  const ms = parseDuration(text);
  if (ms > 0) return ms;
  throw new FaultlineError('BAD_DURATION', `expected a duration above 0, got ${text}`, { text });
}
