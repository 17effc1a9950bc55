/** A crash at a point of what a node does, such as between writing and answering. */
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
    meaning: 'The node will crash the next time it comes to a point.',
    facts: {
      when: fact.text('the point, such as sends vote or before sync log'),
      after: fact.optional(fact.count('how often it passes the point first; if omitted, never')),
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
    says: ({ when }) => `will not crash any more: ${when}`,
  }),
};

export const crash = nodeFault({
  name: 'crash',
  summary: 'crash nodes at a point of what they do, once each (SIGKILL)',
  accepts: anyState,
  needsSdk: 'only the SDK knows when it comes to such a point; `kill` ends it at any time',
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
          description: 'number of times to pass the point before (default: 0)',
        }),
      ),
      off: Type.Optional(Type.Boolean({ description: 'cancel the crash' })),
    },
    { additionalProperties: false },
  ),
  texts: { when: crashPoint },
  main: { option: 'when', isRequired: true },
  /** Null: no crash any more. Throws BAD_REQUEST. */
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
    notes: `A node that sends has not sent that message, and all before it. One that receives has got it and no
handler has run. A type may end in *, and a sync may name its file: 'before sync log'. A node that is
started again before it came to the point will crash all the same. To crash one now: kill.`,
    examples: [
      "crash n3 --when 'sends append_entries'",
      "crash leader --when 'receives append_entries_ok' --after 2",
      "crash n1 --when 'before sync'",
      'crash n1 --off',
    ],
  },
});
