/**
 * Logs by key: `send {key, msg}` → `{offset}`, `poll {key}` → `{msgs: [[offset, message], …]}` from the
 * beginning. Each message is sent once or, where that is asked for, again until it is answered: under a
 * unique id it is then one append; without one each attempt is an append.
 *
 * Checkers see `append` with its offset, and `read` of the whole list: the model `appendList`.
 */
import { appendList } from '@faultline/history';
import type { Json } from '@faultline/protocol';
import { type Static, Type } from 'typebox';
import { readyWorkload, share } from './define.ts';
import {
  answered,
  fieldOf,
  type KeyedLoadOptions,
  pick,
  type Request,
  uniqueValue,
} from './workload.ts';

const options = Type.Object({
  polls: share('share of polls', 0.2),
  retries: Type.Optional(
    Type.Integer({
      minimum: 0,
      default: 0,
      description: 'how often to send a message again that was not answered',
    }),
  ),
  named: Type.Optional(
    Type.Boolean({
      default: false,
      description: 'give each message an id, `request`, by which a program can recognize a retry',
    }),
  ),
});

export type LogLoadOptions = KeyedLoadOptions & Static<typeof options>;

export const logWorkload = readyWorkload({
  name: 'log',
  summary: 'append messages to logs by key, each once or until answered, and poll them',
  options,
  keys: 3,
  asks: ['send', 'poll'],
  model: appendList,
  checks: ['linearizable'],
  clients: ({ polls, retries, named, keys }) => ({
    finalReads: keys.map(poll),
    script(client) {
      let open: { readonly request: Request; left: number } | undefined;
      return {
        next(n, draw) {
          if (open !== undefined) return open.request;
          const key = pick(keys, draw(0));
          if (draw(1) < polls) return poll(key);
          const msg = uniqueValue(client, n);
          return { type: 'send', key, msg, ...(named ? { request: `m${msg}` } : {}) };
        },
        hear({ request, type }) {
          if (request.type !== 'send') return;
          const left = open?.left ?? retries;
          open = type === 'info' && left > 0 ? { request, left: left - 1 } : undefined;
        },
      };
    },
    requestOf({ f, input }) {
      const name = named && f === 'send' ? fieldOf(input, 'request') : undefined;
      return typeof name === 'string' ? name : undefined;
    },
    shape(operation) {
      const { f, input, output, key } = operation;
      if (f === 'send') {
        const shaped = { ...operation, f: 'append', input: fieldOf(input, 'msg') ?? input };
        return answered(shaped, fieldOf(output, 'offset'));
      }
      if (f !== 'poll') return operation;
      const read = { ...operation, f: 'read', input: null };
      const messages = fieldOf(output, 'msgs');
      const ofKey = Array.isArray(messages) ? messages : fieldOf(messages, String(key));
      if (Array.isArray(ofKey)) return answered(read, ofKey.map(messageOf));
      // A key that is missing in the reply was not read.
      const { output: _, ...unread } = read;
      return operation.type === 'ok' ? { ...unread, type: 'fail' } : read;
    },
  }),
});

const poll = (key: string) => ({ type: 'poll', key, offset: 0, offsets: { [key]: 0 } });

/** Maelstrom's pairs of an offset and a message, or messages alone. */
const messageOf = (entry: Json): Json =>
  Array.isArray(entry) && entry.length === 2 ? entry[1]! : entry;

export const logLoad = logWorkload.load;
