/**
 * The replicated state machine: a map with read, write and compare-and-set in Maelstrom's words, and the
 * sessions that keep a request from taking effect twice (dissertation, section 6.3). It is changed by
 * entries of the log only, so replicas that have applied the same entries are equal.
 */
import { errorCodes, type Json } from '@faultline/node';
import { canonicalText } from '../common/read.ts';
import type { Entry } from './log.ts';

export type Command =
  | { readonly type: 'write'; readonly key: string; readonly value: Json }
  | {
      readonly type: 'cas';
      readonly key: string;
      readonly from: Json;
      readonly to: Json;
      readonly create: boolean;
    };

/** What a request came to. A refusal is a result too: it is definite, and changes nothing. */
export type Result = { readonly ok: true } | { readonly code: number; readonly text: string };

interface Session {
  /** Results by the request's id, oldest first. */
  readonly results: Map<number, Result>;
  /** The greatest id whose result is forgotten: of those up to it, none can be told from a repetition. */
  forgotten: number;
}

/** Of each client so many results are kept, and so many clients: those that asked last. */
const resultsMax = 256;
const sessionsMax = 1000;

export class Machine {
  /** The index of the last entry applied. */
  applied = 0;
  /** Clients are new in each run of the cluster, and count their requests from 1 again. */
  run = 0;
  readonly #keepsSessions: boolean;
  #values = new Map<string, Json>();
  #sessions = new Map<string, Session>();

  constructor(keepsSessions: boolean) {
    this.#keepsSessions = keepsSessions;
  }

  /**
   * Applies the next entry. Undefined: there is nothing to answer, also where a request is so old that
   * its result is forgotten. `isRepeat`: the result is of the first time, and nothing has changed.
   */
  apply(index: number, entry: Entry): { result: Result; isRepeat: boolean } | undefined {
    this.applied = index;
    if (entry.kind === 'noop' && entry.run > this.run) {
      this.run = entry.run;
      this.#sessions.clear();
    }
    if (entry.kind !== 'command') return undefined;
    const { client, id, command } = entry;
    if (id === null || !this.#keepsSessions) return { result: this.#run(command), isRepeat: false };
    const session = this.#session(client);
    const known = session.results.get(id);
    if (known !== undefined) return { result: known, isRepeat: true };
    if (id <= session.forgotten) return undefined;
    const result = this.#run(command);
    remember(session, id, result);
    return { result, isRepeat: false };
  }

  read(key: string): Json | undefined {
    return this.#values.get(key);
  }

  save(): Json {
    return {
      run: this.run,
      values: [...this.#values],
      sessions: [...this.#sessions].map(([client, { results, forgotten }]) => ({
        client,
        forgotten,
        results: [...results],
      })),
    };
  }

  load(index: number, saved: Json): void {
    const { run, values, sessions } = saved as unknown as {
      run: number;
      values: [string, Json][];
      sessions: { client: string; forgotten: number; results: [number, Result][] }[];
    };
    this.applied = index;
    this.run = run;
    this.#values = new Map(values);
    this.#sessions = new Map(
      sessions.map(({ client, forgotten, results }) => [
        client,
        { forgotten, results: new Map(results) },
      ]),
    );
  }

  #session(client: string): Session {
    const session = this.#sessions.get(client) ?? { results: new Map(), forgotten: 0 };
    this.#sessions.delete(client);
    this.#sessions.set(client, session);
    if (this.#sessions.size > sessionsMax) {
      this.#sessions.delete(this.#sessions.keys().next().value!);
    }
    return session;
  }

  #run(command: Command): Result {
    const { key } = command;
    if (command.type === 'write') {
      this.#values.set(key, command.value);
      return { ok: true };
    }
    const now = this.#values.get(key);
    if (now === undefined && !command.create) return noSuchKey(key);
    if (now !== undefined && canonicalText(now) !== canonicalText(command.from)) {
      return {
        code: errorCodes.preconditionFailed,
        text: `expected ${shown(command.from)}, but ${key} is ${shown(now)}`,
      };
    }
    this.#values.set(key, command.to);
    return { ok: true };
  }
}

export function noSuchKey(key: string): Result {
  return { code: errorCodes.keyDoesNotExist, text: `there is no key ${key}` };
}

function remember(session: Session, id: number, result: Result): void {
  session.results.set(id, result);
  if (session.results.size <= resultsMax) return;
  const oldest = session.results.keys().next().value!;
  session.results.delete(oldest);
  session.forgotten = Math.max(session.forgotten, oldest);
}

const shown = (value: Json): string => JSON.stringify(value).slice(0, 80);
