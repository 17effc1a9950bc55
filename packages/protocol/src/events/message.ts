/** Messages and connections that something is wrong with; every single message is in the trace. */

import { plural } from '../grammar/counts.ts';
import { eventKind } from './definition.ts';
import { count, oneOf, optional, text } from './facts.ts';
import { more } from './more.ts';

const alsoUntold = optional(count('number of similar ones since the last report'));

export const messageEvents = {
  'messages.unsent': eventKind({
    about: 'node',
    meaning: 'Messages of the node, with consecutive numbers, were never sent to the router.',
    facts: {
      reason: oneOf(['router down', 'overflow'], 'why: no router, or its queue is full'),
      count: count('how many'),
      firstSeq: count('number of the first'),
      lastSeq: count('number of the last'),
      incarnation: count('which start of the node sent them, from 1'),
    },
    says: ({ count: lost, reason }) => `${plural(lost, 'message')} never left: ${reason}`,
  }),
  'message.refused': eventKind({
    about: 'member',
    meaning:
      'The router does not accept a message: it has no such destination, or is not from the member that sent it.',
    facts: {
      dest: text('where it was to go'),
      reason: text('why'),
      alsoUntold,
    },
    says: ({ dest, reason, alsoUntold: others }) =>
      `message to ${dest} refused: ${reason}${more(others)}`,
  }),
  'message.forged': eventKind({
    about: 'node or cluster',
    meaning:
      'A receiver has dropped a message whose signature is wrong: a node, or the client that is named.',
    facts: {
      client: optional(text('the client that dropped it; if omitted, a node did')),
      src: text('the claimed sender'),
      type: text('type of the message'),
      alsoUntold,
    },
    says: ({ client, src, type, alsoUntold: others }) =>
      `${client === undefined ? '' : `${client} `}dropped ${type} that claims to come from ${src}: its signature is wrong${more(others)}`,
  }),
  'queue.overflow': eventKind({
    about: 'member',
    meaning: 'The queue of a receiver is full: from now on messages to it are dropped.',
    facts: {
      queuedBytes: count('bytes in its queue'),
      queueBytesMax: count('size limit of the queue'),
      alsoUntold,
    },
    says: ({ queuedBytes }) =>
      `does not keep up: ${queuedBytes} bytes wait for it, more is dropped`,
  }),
  'link.up': eventKind({
    about: 'node',
    meaning: 'The node is connected to the router.',
    facts: { incarnation: count('which start of the node, from 1') },
    says: ({ incarnation }) => `connected (start ${incarnation})`,
    isQuiet: true,
  }),
  'link.down': eventKind({
    about: 'node',
    meaning: 'The connection of the node to the router has ended.',
    facts: {
      incarnation: count('which start of the node, from 1'),
      reason: optional(text('why; if omitted, the process ended, and its connection with it')),
    },
    says: ({ incarnation, reason }) =>
      `disconnected (start ${incarnation})${reason === undefined ? '' : `: ${reason}`}`,
    isQuiet: ({ reason }) => reason === undefined,
  }),
  'link.refused': eventKind({
    about: 'cluster',
    meaning: 'A process has tried to connect to the router and is not a member.',
    facts: {
      code: text('error code, such as UNAUTHORIZED'),
      reason: text('why'),
      alsoUntold,
    },
    says: ({ reason, alsoUntold: others }) => `a connection was rejected: ${reason}${more(others)}`,
  }),
  'frame.refused': eventKind({
    about: 'member',
    meaning: 'A member has sent bytes that are not a frame of the protocol.',
    facts: {
      code: text('error code, such as BAD_FRAME'),
      reason: text('what was expected, and what came'),
      alsoUntold,
    },
    says: ({ reason, alsoUntold: others }) => `${reason}${more(others)}`,
  }),
};
