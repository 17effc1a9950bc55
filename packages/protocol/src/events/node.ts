/** Nodes: their processes, whether these are ready, and the role that the program reports. */
import { roundedDuration } from '../grammar/duration.ts';
import { eventKind } from './definition.ts';
import { count, data, nullable, number, optional, text } from './facts.ts';

const incarnation = count('which start of the node this is, from 1');

const exit = {
  incarnation: count('which start of the node has ended, from 1'),
  exitCode: nullable(number('exit code of the process; null: it ended by a signal')),
  signal: nullable(text('signal that ended the process, such as SIGKILL; null: it exited')),
};

export const nodeEvents = {
  'node.added': eventKind({
    about: 'node',
    meaning: 'A node that was not there when the cluster started has been added.',
    says: () => 'added to the cluster',
  }),
  'node.starting': eventKind({
    about: 'node',
    meaning: "The node's process has started.",
    facts: { incarnation, pid: count('its process') },
    says: ({ pid, incarnation: start }) => `starts (process ${pid}, start ${start})`,
    isQuiet: true,
  }),
  'node.ready': eventKind({
    about: 'node',
    meaning: 'The program has started and accepts messages.',
    facts: { incarnation, afterMs: number('time since it started') },
    says: ({ afterMs }) => `ready after ${afterMs} ms`,
  }),
  'node.unready': eventKind({
    about: 'node',
    meaning: 'The node was not ready in time. It is still starting, and may become ready later.',
    facts: { reason: text('what it is waiting for, with the line of the program where known') },
    says: ({ reason }) => reason,
  }),
  'node.slow': eventKind({
    about: 'node',
    meaning:
      "The node's event loop has not answered for two seconds, or a program without the SDK is not connected to the router any more.",
    facts: {
      reason: text('what keeps it busy, or why its connection ended and what to do'),
      place: optional(text('the line of the program that it is busy at')),
      forMs: number('time since the question that it has not answered, or since the connection'),
    },
    says: ({ reason }) => `slow: ${reason}`,
  }),
  'node.recovered': eventKind({
    about: 'node',
    meaning: 'The event loop of a slow node answers again, or it is connected again.',
    facts: {
      afterMs: number('time since the question that it has now answered, or without a connection'),
    },
    says: ({ afterMs }) => `answers again, after ${afterMs} ms`,
  }),
  'node.stopped': eventKind({
    about: 'node',
    meaning: 'The process has exited because a stop was requested.',
    facts: exit,
    says: () => 'stopped',
  }),
  'node.killed': eventKind({
    about: 'node',
    meaning: 'The process has ended because it was killed on request.',
    facts: exit,
    says: () => 'killed',
  }),
  'node.crashed': eventKind({
    about: 'node',
    meaning: 'The process has ended on its own: an error, an exit, or a planned crash.',
    facts: {
      ...exit,
      reason: text("the error and its line, Node's output, or the exit status"),
      stack: optional(text('stack of the error that ended the program')),
      when: optional(text('of a planned crash: the crash point')),
      message: optional(text('of a planned crash at a message: its id')),
      type: optional(text('of a planned crash at a message: its type')),
      to: optional(text('of a planned crash at a message: who it was sent to')),
      from: optional(text('of a planned crash at a message: who it came from')),
      file: optional(text('of a planned crash at a sync: the file on its disk')),
    },
    says: ({ reason }) => `crashed: ${reason}`,
  }),
  'node.restarting': eventKind({
    about: 'node',
    meaning: 'The node has crashed and will restart automatically (--restart).',
    facts: {
      count: count('crashes in a row'),
      afterMs: number('delay before the restart'),
    },
    says: ({ afterMs }) => `starts again in ${roundedDuration(afterMs)}`,
  }),
  'restart.cancelled': eventKind({
    about: 'node',
    meaning: 'The node was due to restart automatically, but has been stopped or killed.',
    says: () => 'will not restart',
  }),
  'node.removed': eventKind({
    about: 'node',
    meaning: 'The node has been removed; its name is not used again in this run.',
    says: () => 'removed from the cluster',
  }),
  'node.role': eventKind({
    about: 'node',
    meaning: 'The program reports its role (`node.role`).',
    facts: { role: nullable(text('such as leader; null: none')) },
    says: ({ role }) => (role === null ? 'no longer has a role' : `is now ${role}`),
  }),
  'node.eventsDropped': eventKind({
    about: 'node',
    meaning: 'The program has reported more events in a second than are recorded.',
    facts: {
      name: text('always events.dropped'),
      data: optional(
        data<{ readonly dropped?: number }>(
          '`dropped`: the number of events that are not recorded',
        ),
      ),
    },
    says: ({ data: added }) =>
      `reported more events than are recorded: ${added?.dropped ?? 'some'} dropped`,
  }),
};
