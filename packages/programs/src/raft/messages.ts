/** What nodes of Raft say to each other, and what comes in, checked: anybody may send anything. */
import type { Body, Json } from '@faultline/node';
import { isObject, malformed, readKey, readValue } from '../common/read.ts';
import type { Entry } from './log.ts';
import type { Command } from './machine.ts';

/** `term` is the sender's own, but in `pre_vote`, which asks for the next one. */
export type Message =
  | PreVote
  | PreVoteReply
  | RequestVote
  | RequestVoteReply
  | AppendEntries
  | AppendEntriesReply
  | InstallSnapshot
  | InstallSnapshotReply
  | Found
  | FoundReply
  | Leave
  | LeaveReply
  | Forward
  | Forwarded;

/** Would you vote for me, if I asked in this term? (dissertation, section 9.6) */
export type PreVote = {
  readonly type: 'pre_vote';
  readonly term: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
};

export type PreVoteReply = {
  readonly type: 'pre_vote_reply';
  readonly term: number;
  readonly isGranted: boolean;
  /** The term that was asked for. */
  readonly forTerm: number;
};

export type RequestVote = {
  readonly type: 'request_vote';
  readonly term: number;
  readonly lastIndex: number;
  readonly lastTerm: number;
};

export type RequestVoteReply = {
  readonly type: 'request_vote_reply';
  readonly term: number;
  readonly isGranted: boolean;
};

export type AppendEntries = {
  readonly type: 'append_entries';
  readonly term: number;
  readonly prevIndex: number;
  readonly prevTerm: number;
  readonly entries: readonly Entry[];
  readonly commit: number;
  /** Comes back in the reply: a node that answers regards the sender as the leader at that time. */
  readonly round: number;
};

export type AppendEntriesReply = {
  readonly type: 'append_entries_reply';
  readonly term: number;
  readonly isTaken: boolean;
  readonly prevIndex: number;
  /** Taken: the logs agree up to here, on disk. Not taken: try with what comes after this one. */
  readonly index: number;
  readonly round: number;
};

export type InstallSnapshot = {
  readonly type: 'install_snapshot';
  readonly term: number;
  readonly index: number;
  readonly indexTerm: number;
  /** Offset of this chunk in the text of the snapshot. */
  readonly offset: number;
  readonly chunk: string;
  readonly isLast: boolean;
};

export type InstallSnapshotReply = {
  readonly type: 'install_snapshot_reply';
  readonly term: number;
  readonly index: number;
  /** How much of the text has come. */
  readonly received: number;
  readonly isDone: boolean;
};

/** A node that knows of no cluster yet: shall we found one of these members? */
export type Found = {
  readonly type: 'found';
  readonly members: readonly string[];
};

export type FoundReply = {
  readonly type: 'found_reply';
  /** Whether the sender knows of no cluster either. */
  readonly isBlank: boolean;
  /** The nodes that it would found one of, or has; null if it no longer knows. */
  readonly members: readonly string[] | null;
};

/** A node that is to go: am I still needed? Only a leader answers, and only when it is not. */
type Leave = {
  readonly type: 'leave';
};

type LeaveReply = {
  readonly type: 'leave_reply';
};

/** A client's request, handed on to the leader. */
type Forward = {
  readonly type: 'forward';
  readonly client: string;
  readonly request: Body;
};

/** Its answer, forwarded back. */
type Forwarded = {
  readonly type: 'forwarded';
  readonly client: string;
  readonly reply: Body;
};

type Check = (value: Json | undefined) => boolean;

const count: Check = (value) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const flag: Check = (value) => typeof value === 'boolean';
const text: Check = (value) => typeof value === 'string';
const names: Check = (value) => Array.isArray(value) && value.every(text);
const body: Check = (value) => isObject(value) && text(value.type);

const fields: { readonly [T in Message['type']]: Readonly<Record<string, Check>> } = {
  pre_vote: { term: count, lastIndex: count, lastTerm: count },
  pre_vote_reply: { term: count, isGranted: flag, forTerm: count },
  request_vote: { term: count, lastIndex: count, lastTerm: count },
  request_vote_reply: { term: count, isGranted: flag },
  append_entries: {
    term: count,
    prevIndex: count,
    prevTerm: count,
    entries: (value) => Array.isArray(value) && value.every(isEntry),
    commit: count,
    round: count,
  },
  append_entries_reply: {
    term: count,
    isTaken: flag,
    prevIndex: count,
    index: count,
    round: count,
  },
  install_snapshot: {
    term: count,
    index: count,
    indexTerm: count,
    offset: count,
    chunk: text,
    isLast: flag,
  },
  install_snapshot_reply: { term: count, index: count, received: count, isDone: flag },
  found: { members: names },
  found_reply: { isBlank: flag, members: (value) => value === null || names(value) },
  leave: {},
  leave_reply: {},
  forward: { client: text, request: body },
  forwarded: { client: text, reply: body },
};

export const messageTypes: readonly string[] = Object.keys(fields);

/** Throws RpcError 12 (malformed) and says which field. */
export function readMessage(came: Body): Message {
  if (isMessage(came)) return came;
  const name = misfitOf(came)!;
  throw malformed(`${came.type} with a valid ${name}`, came[name]);
}

const isMessage = (came: Body): came is Message => misfitOf(came) === undefined;

/** The first field that does not fit the message's type. */
function misfitOf(came: Body): string | undefined {
  const all: Readonly<Record<string, Readonly<Record<string, Check>>>> = fields;
  return Object.entries(all[came.type]!).find(([name, fits]) => !fits(came[name]))?.[0];
}

function isEntry(entry: Json): boolean {
  if (!isObject(entry) || !count(entry.term)) return false;
  if (entry.kind === 'noop') return count(entry.run);
  if (entry.kind === 'members') return names(entry.voters);
  return (
    entry.kind === 'command' &&
    text(entry.client) &&
    (entry.id === null || count(entry.id)) &&
    body(entry.command)
  );
}

export type Request = { readonly type: 'read'; readonly key: string } | Command;

/** A client's request in Maelstrom's words. Throws RpcError 12. */
export function readRequest(came: Body): Request {
  const key = readKey(came.key);
  switch (came.type) {
    case 'read':
      return { type: 'read', key };
    case 'write':
      return { type: 'write', key, value: readValue(came.value) };
    default:
      return {
        type: 'cas',
        key,
        from: readValue(came.from),
        to: readValue(came.to),
        create: came.create_if_not_exists === true,
      };
  }
}
