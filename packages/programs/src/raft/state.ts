/**
 * What a node of Raft knows, and how the parts of the core speak to the outside: they push effects, and
 * promises to others wait until what they rest on is on disk.
 *
 * Time is whatever number of milliseconds comes with each input; it only has to go forward.
 */
import type { Body, Json } from '@faultline/node';
import { type Entry, Log } from './log.ts';
import { Machine } from './machine.ts';
import type { Message, Request } from './messages.ts';
import type { DiskRecord } from './persistence.ts';
import type { Rules } from './rules.ts';

export interface Settings {
  /** A follower that hears nothing for this long, or up to twice as long, wants an election. */
  readonly electionTimeoutMs: number;
  readonly heartbeatMs: number;
  /** Number of applied entries since the last snapshot after which the next one is taken. */
  readonly snapshotEvery: number;
  /** Maximum number of entries per message. */
  readonly batch: number;
}

export type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader';

/** What the shell is to do, in this order. */
export type Effect =
  | { readonly do: 'send'; readonly to: string; readonly message: Message }
  /** Answers a client of this node. */
  | { readonly do: 'reply'; readonly client: string; readonly body: Body }
  /** Append these records, sync, and then feed `persisted` with this number. */
  | { readonly do: 'persist'; readonly records: readonly DiskRecord[]; readonly number: number }
  /** Everything on disk may be replaced by these records, which say the same in fewer words. */
  | { readonly do: 'rewrite'; readonly records: readonly DiskRecord[] }
  /** An entry was applied to the state machine. For those who watch. */
  | {
      readonly do: 'apply';
      readonly index: number;
      readonly entry: Entry;
      readonly isRepeat: boolean;
    }
  | { readonly do: 'role'; readonly role: Role }
  /** This node is to go, and is not needed any more. */
  | { readonly do: 'left' }
  | {
      readonly do: 'event';
      readonly name: string;
      readonly data: Readonly<Record<string, Json>>;
    }
  /** Feed `tick` at this time; replaces what was asked before. */
  | { readonly do: 'wake'; readonly atMs: number };

/** Who wants to know: a client of this node, or of the node that forwarded its request. */
export interface Asker {
  readonly client: string;
  readonly id: number | null;
  readonly via: string | null;
}

export const nameOf = ({ client, id }: Pick<Asker, 'client' | 'id'>): string => `${client} ${id}`;

export interface Pending {
  readonly asker: Asker;
  readonly body: Body;
  readonly request: Request;
  readonly sinceMs: number;
  /** When a leader was last given it. */
  sentMs: number | null;
}

/** What a leader knows of another node's log (paper, figure 2: nextIndex and matchIndex). */
export interface Progress {
  /** The next entry to send. Invariant: `> match`. */
  next: number;
  /** The node's log is as the leader's up to here, on disk. */
  match: number;
  /**
   * `stream`: entries go out as they come, and `next` runs ahead. `probe`: where the logs part is not
   * known, and there is one question at a time. `snapshot`: what the node lacks is in a snapshot only.
   */
  mode: 'probe' | 'stream' | 'snapshot';
  /** In `probe` and `snapshot`: a question is out, and is asked again with the next heartbeat. */
  isWaiting: boolean;
  /** In `snapshot`: which one, as text, and how much of it the node has. */
  transfer: {
    readonly index: number;
    readonly term: number;
    readonly text: string;
    offset: number;
  } | null;
  heardMs: number;
  /** Of a node that has no vote yet: how far it is to get, and since when. */
  catchUp: { readonly to: number; readonly sinceMs: number } | null;
  /** The latest round of heartbeats that the node has answered. */
  round: number;
}

/** What only a leader has, for as long as it is one. */
export interface Leadership {
  /** The no-op with which this term began. */
  readonly firstIndex: number;
  readonly progress: Map<string, Progress>;
  heartbeatDueMs: number;
  /** Counts the rounds of heartbeats by which reads are confirmed. */
  round: number;
  reads: { readonly asker: Asker; readonly key: string; readonly round: number }[];
  /** Who wants to know what became of the entry at an index. */
  readonly askers: Map<number, Asker[]>;
  /** Requests in the log that are not applied yet, by `nameOf`, with their index. */
  readonly open: Map<string, number>;
}

/** What waits for the disk: messages to others, and what a node promises itself. */
type Held =
  | { readonly number: number; readonly effect: Effect }
  | { readonly number: number; readonly vote: true; readonly term: number }
  | { readonly number: number; readonly matchIndex: number; readonly term: number };

export interface StateOptions {
  readonly id: string;
  /** All nodes of the cluster as this one finds them. */
  readonly members: readonly string[];
  /** Whether this is the node's first start since the cluster was started, and its clients with it. */
  readonly isFirstStart: boolean;
  readonly settings: Settings;
  readonly rules: Rules;
  /** At least 0, below 1. */
  readonly draw: () => number;
}

export class State {
  readonly id: string;
  readonly settings: Settings;
  readonly rules: Rules;
  readonly draw: () => number;
  readonly isFirstStart: boolean;
  /** The members when this node started: of whom it would found a cluster. */
  readonly founders: readonly string[];

  // On disk before any message mentions it (paper, figure 2: persistent state).
  term = 0;
  vote: string | null = null;
  readonly log = new Log();

  // Forgotten when the node ends.
  role: Role = 'follower';
  leader: string | null = null;
  /** Never goes back. Invariant: `machine.applied <= commit <= log.last`. */
  commit = 0;
  readonly machine: Machine;
  nowMs = 0;
  electionDueMs = Number.POSITIVE_INFINITY;
  /** When a leader of this term was last heard. */
  heardMs = Number.NEGATIVE_INFINITY;
  /** Who has granted the current vote or pre-vote. */
  votes = new Set<string>();
  leadership: Leadership | null = null;
  /** The nodes that there are to be, as opposed to those that vote. This one is not among them when it is to go. */
  members: readonly string[];
  hasLeft = false;
  /** When to ask next whether it may go. */
  leaveDueMs = Number.POSITIVE_INFINITY;
  /** Chunks of a snapshot that is arriving. */
  arriving: { readonly index: number; readonly term: number; text: string } | null = null;
  /** Who was seen without a cluster, since this node started without one. */
  readonly agreed = new Set<string>();
  /** What clients of this node have asked and were not answered, by `nameOf`. */
  readonly pending = new Map<string, Pending>();
  /** Of the latest writes: which may have an effect, and which never will. By `nameOf`. */
  readonly fates = new Map<string, 'taken' | 'refused'>();
  /** Of the run, as far as this node knew when it started. */
  run = 0;

  #effects: Effect[] = [];
  #held: Held[] = [];
  #lastNumber = 0;
  #persisted = 0;

  constructor({ id, members, isFirstStart, settings, rules, draw }: StateOptions) {
    this.id = id;
    this.members = members;
    this.founders = members;
    this.isFirstStart = isFirstStart;
    this.settings = settings;
    this.rules = rules;
    this.draw = draw;
    this.machine = new Machine(rules.keepsSessions);
  }

  get voters(): readonly string[] {
    return this.log.voters;
  }

  /** Whether these nodes decide, by the membership that this node follows. */
  isQuorum(among: (node: string) => boolean): boolean {
    const { voters } = this;
    return voters.length > 0 && voters.filter(among).length >= this.rules.quorumOf(voters.length);
  }

  push(effect: Effect): void {
    this.#effects.push(effect);
  }

  send(to: string, message: Message): void {
    this.push({ do: 'send', to, message });
  }

  event(name: string, data: Readonly<Record<string, Json>>): void {
    this.push({ do: 'event', name, data });
  }

  setRole(role: Role): void {
    if (role === this.role) return;
    this.role = role;
    this.push({ do: 'role', role });
  }

  persist(...records: DiskRecord[]): void {
    this.push({ do: 'persist', records, number: ++this.#lastNumber });
  }

  /** Sends when everything that was written until now is on disk. */
  promise(to: string, message: Message): void {
    this.#hold({ number: this.#lastNumber, effect: { do: 'send', to, message } });
  }

  /** A node's own vote, and its own copy of an entry, count when they are on disk. */
  promiseSelf(what: { readonly vote: true } | { readonly matchIndex: number }): void {
    this.#held.push({ number: this.#lastNumber, term: this.term, ...what });
  }

  #hold(held: Held & { readonly effect: Effect }): void {
    if (held.number <= this.#persisted || !this.rules.waitsForDisk) this.push(held.effect);
    else this.#held.push(held);
  }

  /** Releases what waited for the disk, and returns what the node has promised itself in this term. */
  released(number: number): { readonly vote: boolean; readonly matchIndex: number } {
    this.#persisted = Math.max(this.#persisted, number);
    const done = this.#held.filter((held) => held.number <= this.#persisted);
    this.#held = this.#held.filter((held) => held.number > this.#persisted);
    let vote = false;
    let matchIndex = 0;
    for (const held of done) {
      if ('effect' in held) this.push(held.effect);
      else if (held.term !== this.term) continue;
      else if ('vote' in held) vote = true;
      else matchIndex = Math.max(matchIndex, held.matchIndex);
    }
    return { vote, matchIndex };
  }

  takeEffects(): Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}
