/**
 * Folds repetition into one line: three or more consecutive messages of one kind of exchange (a type and
 * its reply, on any links) that had the same fate by the same rules.
 */
import type { FateEvent, TraceEvent } from '@faultline/protocol';

/** Shorter runs are shown as they are. */
const runMin = 3;

export interface Folded {
  readonly kind: 'folded';
  /** In order of first appearance. */
  readonly types: readonly string[];
  readonly links: readonly string[];
  readonly count: number;
  readonly bodyBytes: number;
  readonly fate: string;
  readonly rules: readonly string[];
  readonly atMs: number;
  readonly untilMs: number;
}

export class Folding {
  #kind = '';
  #first: FateEvent[] = [];
  #run: Folded | null = null;

  /** The lines that are complete by now. */
  take(fact: TraceEvent): (TraceEvent | Folded)[] {
    if (fact.kind !== 'fate') return [...this.end(), fact];
    const kind = kindOf(fact);
    const before = kind === this.#kind ? [] : this.end();
    this.#kind = kind;
    if (this.#run !== null) this.#run = added(this.#run, fact);
    else if (this.#first.push(fact) === runMin) {
      this.#run = this.#first.reduce(added, emptyRun(fact));
      this.#run = { ...this.#run, atMs: this.#first[0]!.atMs };
    }
    return before;
  }

  end(): (TraceEvent | Folded)[] {
    const run = this.#run === null ? this.#first : [this.#run];
    this.#kind = '';
    this.#first = [];
    this.#run = null;
    return run;
  }
}

/** `append_entries` and `append_entries_reply` are one exchange, and so are `read` and `read_ok`. */
const stemOf = (type: string): string => type.replace(/_(ok|reply|response|res|result|ack)$/, '');

const kindOf = ({ type, fate, rules, altered }: FateEvent): string =>
  JSON.stringify([stemOf(type), fate, rules, altered === true]);

const emptyRun = ({ fate, altered, rules, atMs }: FateEvent): Folded => ({
  kind: 'folded',
  ...{ types: [], links: [], count: 0, bodyBytes: 0, rules, atMs, untilMs: atMs },
  fate: altered === true ? `${fate}, altered` : fate,
});

const added = (run: Folded, { type, src, dest, bodyBytes, atMs }: FateEvent): Folded => ({
  ...run,
  types: run.types.includes(type) ? run.types : [...run.types, type],
  links: run.links.includes(`${src}>${dest}`) ? run.links : [...run.links, `${src}>${dest}`],
  count: run.count + 1,
  bodyBytes: run.bodyBytes + bodyBytes,
  untilMs: atMs,
});
