/** A crash at a point of a node's work, such as between writing and replying. */
import {
  type CrashWhen,
  eventKind,
  FaultlineError,
  fact,
  parseCrashPoint,
  plural,
} from '@faultline/protocol';
import * as Type from 'typebox';
import { isOff } from '../off.ts';
import { anyState } from '../states.ts';
import { crashPoint } from '../texts.ts';
import { nodeFault } from '../verb.ts';

const events = {
  'crash.planned': eventKind({
    about: 'node',
    meaning: 'The node will crash the next time it reaches a point.',
    facts: {
      when: fact.text('the point, such as sends vote or before sync log'),
      after: fact.optional(fact.count('how often it passes the point first (default: 0)')),
    },
    says: ({ when, after }) =>
      `will crash: ${when}${after === undefined ? '' : `, after ${plural(after, 'time')}`}`,
  }),
  'crash.cancelled': eventKind({
    about: 'node',
    meaning: 'A planned crash has been cancelled.',
    facts: {
      when: fact.text('the point where it was to crash'),
      after: fact.optional(fact.count('how often it was to pass the point first')),
    },
    says: ({ when }) => `will no longer crash: ${when}`,
  }),
};

export const crash = nodeFault({
  name: 'crash',
  summary: 'crash each node once, at a given point of its work (SIGKILL)',
  accepts: anyState,
  needsSdk: 'only the SDK can detect such a point; `kill` works at any time',
  options: Type.Object(
    {
      when: Type.Optional(
        Type.String({
          description: "'sends TYPE', 'receives TYPE', 'before sync', 'after sync'",
          examples: ['sends vote', 'before sync log'],
        }),
      ),
      after: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: 1e9,
          description: 'number of times to pass the point first (default: 0)',
        }),
      ),
      off: Type.Optional(Type.Boolean({ description: 'cancel the crash' })),
    },
    { additionalProperties: false },
  ),
  texts: { when: crashPoint },
  main: { option: 'when', isRequired: true },
  /** Null: cancels the crash. Throws BAD_REQUEST. */
  read(options): CrashWhen | null {
    if (isOff(options, 'cancels the crash')) return null;
    const { when, after } = options;
    if (when === undefined) {
      throw new FaultlineError(
        'BAD_REQUEST',
        "expected the point at which to crash, such as --when 'sends TYPE', or --off",
      );
    }
    return { point: parseCrashPoint(when), after: after ?? 0 };
  },
  cure: { off: true },
  describe: ({ when }) => `to crash: ${when}`,
  events,
  help: {
    notes: `At 'sends', the node has sent all earlier messages and not this one. At 'receives', the message has
arrived and no handler has run. A type may end in *, and a sync may name its file: 'before sync log'.
A planned crash survives restarts of the node. To crash a node right now, use \`kill\`.`,
    examples: [
      "crash n3 --when 'sends append_entries'",
      "crash leader --when 'receives append_entries_ok' --after 2",
      "crash n1 --when 'before sync'",
      'crash n1 --off',
    ],
  },
});
