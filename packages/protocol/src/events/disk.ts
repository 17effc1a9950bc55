/** Disks of nodes. */
import type { Facts } from '../errors.ts';
import { eventKind } from './definition.ts';
import { count, data, flag, oneOf, optional, text } from './facts.ts';
import { more } from './plural.ts';

export const diskEvents = {
  'disk.changed': eventKind({
    about: 'node',
    meaning: "The faults of a node's disk have changed.",
    facts: {
      change: data<Facts>('what was asked'),
      describes: text('its faults in words, such as full, torn; well: none'),
      isHealthy: flag('it has no faults'),
    },
    says: ({ describes }) => `disk: ${describes}`,
  }),
  'disk.failed': eventKind({
    about: 'node',
    meaning: 'A write has failed because of a fault of the disk; at most one a second is reported.',
    facts: {
      fault: oneOf(['full', 'error'], 'the fault'),
      file: text('the file on its disk'),
      write: count('which write of the node this was, from 1'),
      more: optional(count('how many more have failed since the last report')),
    },
    says: ({ fault, file, write, more: others }) =>
      `disk: write ${write} to ${file} failed, ${fault === 'full' ? 'it is full' : 'with an error'}${more(others)}`,
  }),
  'disk.flipped': eventKind({
    about: 'node',
    meaning: 'One bit of a record on the disk has been flipped on request.',
    facts: {
      file: text('the file on its disk'),
      path: text('the same file on this machine'),
      record: count('which record of the file, from 1'),
      byte: count('which byte of the file, from 0'),
      bit: count('which bit of the byte, from 0, the least'),
    },
    says: ({ file, record }) => `disk: a bit of record ${record} in ${file} was flipped`,
  }),
};
