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

/** A request that was applied. */
type Done = {
  readonly client: string;
  readonly id: number;
  readonly result: Result;
};

/** All that the machine is, as a snapshot keeps it. */
export type Saved = {
  readonly run: number;
  readonly values: readonly (readonly [key: string, value: Json])[];
  readonly done: readonly Done[];
  readonly forgotten: readonly (readonly [client: string, id: number])[];
};

/** Number of latest requests whose results are kept, and of clients whose forgotten ids are known. */
const resultsMax = 2000;
const clientsMax = 1000;

export class Machine {
  /** The index of the last entry applied. */
  applied = 0;
  /** Clients are new in each run of the cluster, and count their requests from 1 again. */
  run = 0;
  readonly #keepsSessions: boolean;
  #values = new Map<string, Json>();
  /** By client and id, oldest first. */
  #done = new Map<string, Done>();
  /** By client, the greatest id whose result is forgotten: up to it requests and repetitions look the same. */
  #forgotten = new Map<string, number>();

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
      this.#done.clear();
      this.#forgotten.clear();
    }
    if (entry.kind !== 'command') return undefined;
    const { client, id, command } = entry;
    if (id === null || !this.#keepsSessions) return { result: this.#run(command), isRepeat: false };
    const known = this.#done.get(`${client} ${id}`);
    if (known !== undefined) return { result: known.result, isRepeat: true };
    if (id <= (this.#forgotten.get(client) ?? -1)) return undefined;
    const result = this.#run(command);
    this.#remember({ client, id, result });
    return { result, isRepeat: false };
  }

  /** What a request came to, if it was applied, and not long ago. */
  resultOf(client: string, id: number): Result | undefined {
    return this.#done.get(`${client} ${id}`)?.result;
  }

  read(key: string): Json | undefined {
    return this.#values.get(key);
  }

  save(): Saved {
    return {
      run: this.run,
      values: [...this.#values],
      done: [...this.#done.values()],
      forgotten: [...this.#forgotten],
    };
  }

  load(index: number, { run, values, done, forgotten }: Saved): void {
    this.applied = index;
    this.run = run;
    this.#values = new Map(values);
    this.#done = new Map(done.map((one) => [`${one.client} ${one.id}`, one]));
    this.#forgotten = new Map(forgotten);
  }

  #remember(done: Done): void {
    this.#done.set(`${done.client} ${done.id}`, done);
    if (this.#done.size <= resultsMax) return;
    const [name, { client, id }] = this.#done.entries().next().value!;
    this.#done.delete(name);
    const before = this.#forgotten.get(client) ?? -1;
    this.#forgotten.delete(client);
    this.#forgotten.set(client, Math.max(before, id));
    if (this.#forgotten.size > clientsMax) {
      this.#forgotten.delete(this.#forgotten.keys().next().value!);
    }
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

const shown = (value: Json): string => JSON.stringify(value).slice(0, 80);
