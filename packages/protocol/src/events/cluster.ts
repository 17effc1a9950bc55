/** The cluster as a whole, and its recording. */

import { plural } from '../grammar/counts.ts';
import { eventKind } from './definition.ts';
import { count, nullable, number, object, optional, text, texts, textsByName } from './facts.ts';

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
const since = (ms: number | null): string => (ms === null ? '?' : `+${(ms / 1000).toFixed(3)}s`);

export const clusterEvents = {
  'cluster.starting': eventKind({
    about: 'cluster',
    meaning: 'The run begins: its recording is open, and no process has started yet.',
    facts: {
      name: text('name of the cluster'),
      seed: text('seed of all random decisions'),
      nodes: count('number of nodes'),
      program: text('what the nodes run'),
      settings: textsByName('settings of the program, as given with --set'),
      clocks: text('weather of all clocks, such as perfect or ntp 5ms'),
      epoch: object(
        {
          trueMs: number('true time at which the cluster began, in ms'),
          wallMs: number('the same moment in ms since 1970'),
        },
        { description: 'when the run began: times of events count from there' },
      ),
      keptDisks: optional(texts('nodes whose disks an earlier run left')),
      pid: count('process of the supervisor'),
    },
    says: ({ name, nodes, program }) => `starts ${name}: ${plural(nodes, 'node')} of ${program}`,
    isQuiet: true,
  }),
  'cluster.up': eventKind({
    about: 'cluster',
    meaning: 'Every node has become ready, or has failed to, and the API answers.',
    facts: {
      url: nullable(text('address of the control API; null: it is not served')),
      ready: count('number of nodes that are ready'),
      afterMs: number('time since the cluster began'),
    },
    says: ({ ready, afterMs }) => `up: ${plural(ready, 'node')} ready after ${afterMs} ms`,
  }),
  'cluster.stopping': eventKind({
    about: 'cluster',
    meaning: 'The cluster is being taken down; what ends from now on is no fault.',
    says: () => 'going down',
  }),
  'cluster.down': eventKind({
    about: 'cluster',
    meaning: 'All processes have ended: the last event of a run.',
    says: () => 'down',
  }),
  'members.changed': eventKind({
    about: 'cluster',
    meaning: 'The list of nodes that other nodes know about has changed.',
    facts: { nodes: texts('all nodes from now on, without those that are about to leave') },
    says: ({ nodes }) => `the cluster is now ${nodes.join(', ')}`,
  }),
  'recording.stopped': eventKind({
    about: 'cluster',
    meaning: 'A file of the recording cannot be written any further; the cluster keeps running.',
    facts: { reason: text('which file, and the error of the system') },
    says: ({ reason }) => `the recording has stopped: ${reason}`,
  }),
  'trace.discarded': eventKind({
    about: 'node or cluster',
    meaning:
      'A recording of messages has reached its size limit, and its oldest part was removed: that of a node, or of the router if no node is named.',
    facts: {
      files: count('number of files that were removed'),
      bytes: count('their size'),
      fromMs: nullable(
        number(
          'time of the first record that was removed, in ms since the run began; null: unknown',
        ),
      ),
      untilMs: nullable(number('time of the first record that is left')),
    },
    says: ({ bytes, fromMs, untilMs }) =>
      `removed the oldest ${megabytes(bytes)} of the trace, ${since(fromMs)} to ${since(untilMs)}: the size limit is reached`,
  }),
  'trace.stopped': eventKind({
    about: 'node or cluster',
    meaning:
      'A process can no longer record messages and keeps running without: a node, or the router if no node is named.',
    facts: {
      code: text('DISK_FULL or DISK_ERROR'),
      reason: text('the error of the system'),
    },
    says: ({ reason }) => `the trace has stopped: ${reason}`,
  }),
};
