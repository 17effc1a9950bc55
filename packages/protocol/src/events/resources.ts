/** Faults of a node's resources, CPU, memory and descriptors, and planned crashes. */
import { formatDuration } from '../grammar/duration.ts';
import { formatPercent } from '../grammar/percent.ts';
import { eventKind } from './definition.ts';
import { count, nullable, number, oneOf, optional, text } from './facts.ts';
import { plural } from './plural.ts';

export const resourceEvents = {
  'cpu.limited': eventKind({
    about: 'node',
    meaning: 'The node has been limited to a share of a CPU.',
    facts: {
      share: number('from 0 to 1'),
      forMs: optional(number('how long; if omitted, until it is ended')),
    },
    says: ({ share, forMs }) =>
      `slowed to ${formatPercent(share)} of a CPU${forMs === undefined ? '' : ` for ${formatDuration(forMs)}`}`,
  }),
  'cpu.restored': eventKind({
    about: 'node',
    meaning: 'The limit has ended: the node runs at full speed.',
    facts: {
      why: oneOf(['on request', 'its time is over'], 'who ended it'),
      share: number('the share that it was limited to, from 0 to 1'),
      given: optional(number('the share that it was measured to get, from 0 to 1')),
      overMs: optional(number('over how long that was measured')),
    },
    says: ({ why, share, given }) =>
      `at full speed again, ${why}${given === undefined ? '' : `: ${formatPercent(given)} of a CPU given, ${formatPercent(share)} asked`}`,
  }),
  'memory.leaking': eventKind({
    about: 'node',
    meaning: 'The node has been made to hold memory that it does not use.',
    facts: {
      bytes: count('how much it holds in the end'),
      explains: text('the amount, and how fast it grows'),
    },
    says: ({ explains }) => explains,
  }),
  'memory.leaked': eventKind({
    about: 'node',
    meaning: 'The node holds all the memory that it was made to hold.',
    facts: { bytes: count('how much it holds') },
    says: ({ bytes }) => `holds ${Math.round(bytes / 1e6)} MB for nothing`,
  }),
  'memory.freed': eventKind({
    about: 'node',
    meaning: 'The memory has been freed on request.',
    says: () => 'frees what it has leaked',
  }),
  'descriptors.taken': eventKind({
    about: 'node',
    meaning: 'File descriptors of the process have been taken.',
    facts: {
      count: count('how many'),
      errno: nullable(text('the error that another one would get, such as EMFILE; null: none')),
    },
    says: ({ count: held, errno }) =>
      errno === null ? `${held} descriptors taken` : `no descriptors left (${errno})`,
  }),
  'descriptors.freed': eventKind({
    about: 'node',
    meaning: 'The descriptors have been given back on request.',
    says: () => 'has its descriptors back',
  }),
  'crash.planned': eventKind({
    about: 'node',
    meaning: 'The node will crash the next time it comes to a point.',
    facts: {
      when: text('the point, such as sends vote or before sync log'),
      after: optional(count('how often it passes the point first; if omitted, never')),
    },
    says: ({ when, after }) =>
      `will crash: ${when}${after === undefined ? '' : `, after ${plural(after, 'time')}`}`,
  }),
  'crash.cancelled': eventKind({
    about: 'node',
    meaning: 'A planned crash has been cancelled.',
    facts: {
      when: text('the point where it was to crash'),
      after: optional(count('how often it was to pass the point first')),
    },
    says: ({ when }) => `will not crash any more: ${when}`,
  }),
};
