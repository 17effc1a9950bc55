/** Disks of nodes. */
import { eventKind } from './definition.ts';
import { count, oneOf, optional, text } from './facts.ts';
import { more } from './more.ts';

export const diskEvents = {
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
};
