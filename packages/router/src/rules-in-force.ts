/**
 * The rules that decide about messages, as the supervisor sent them, and what each has done.
 *
 * A rule's end is part of what the supervisor sent. Here it takes effect: `expire` is called before
 * any message is decided, so none meets a rule whose time is over, and the recording has the end in
 * front of the first message that the rule did not decide about.
 */
import { type EdgeRules, RuleSet, validateRule } from '@faultline/faults';
import type { InFlight, InstalledRuleData, RuleStats } from '@faultline/protocol';
import type { TraceWriter } from './trace-writer.ts';

export interface RulesInForceOptions {
  readonly seed: string;
  readonly now: () => number;
  readonly trace: TraceWriter | null;
  /**
   * Called with the ids of the rules that are left whenever rules have changed. `drop`: what the others
   * delayed or held is to be dropped. Returns what became of it.
   */
  readonly onChange: (rules: ReadonlySet<string>, drop: boolean) => InFlight;
}

/** Links that a rule's report names. */
const edgesReportedMax = 100;

export class RulesInForce {
  readonly #options: RulesInForceOptions;
  readonly #rules: RuleSet;
  #nextExpiryMs = Number.POSITIVE_INFINITY;
  #expiryTimer: NodeJS.Timeout | undefined;

  constructor(options: RulesInForceOptions) {
    this.#options = options;
    this.#rules = new RuleSet(options.seed);
  }

  /** The rules of a link; the object stays the same as rules come and go. */
  edge(src: string, dest: string, isClient: (name: string) => boolean): EdgeRules {
    return this.#rules.edge(src, dest, isClient);
  }

  /** Forgets the links of a member that has left. */
  forget(name: string): void {
    this.#rules.forget(name);
  }

  /** A member runs as a new process. */
  restarted(name: string): void {
    this.#rules.restarted(name);
  }

  /**
   * Installs what is new in the list and ends what is not in it; returns what became of messages that
   * ended rules delayed or held. Throws BAD_RULE if one cannot be read; then nothing changes.
   */
  set(rules: readonly InstalledRuleData[], drop: boolean): InFlight {
    const { now, trace } = this.#options;
    // A rule that is not in the list because its time is over has expired, and was not removed.
    this.expire(now());
    const known = this.#ids();
    for (const { id, spec } of rules) if (!known.has(id)) validateRule(spec);
    const wanted = new Set(rules.map(({ id }) => id));
    for (const id of known) {
      if (wanted.has(id)) continue;
      this.#rules.remove(id);
      trace?.rule({ change: 'removed', id, atMs: now() });
    }
    for (const { id, spec, installedAtMs, expiresAtMs } of rules) {
      // A rule whose time is over here may not be over yet where the list was made.
      const isOver = expiresAtMs !== null && expiresAtMs <= now();
      if (known.has(id) || isOver) continue;
      this.#rules.restore(id, spec, expiresAtMs, installedAtMs);
      trace?.rule({ change: 'added', id, spec, atMs: now(), installedAtMs, expiresAtMs });
    }
    return this.#changed(drop);
  }

  /** Ends the rules whose time is over at `nowMs`. Costs one comparison if there are none. */
  expire(nowMs: number): void {
    if (nowMs < this.#nextExpiryMs) return;
    for (const { id } of this.#rules.expire(nowMs)) {
      this.#options.trace?.rule({ change: 'expired', id, atMs: nowMs });
    }
    this.#changed();
  }

  /** What the rules have done. Of the links of each, those on which it did most. */
  reports(): RuleStats[] {
    return this.#rules.reports().map((report) => ({
      ...report,
      edges: [...report.edges]
        .sort((a, b) => b.hit - a.hit || b.matched - a.matched)
        .slice(0, edgesReportedMax),
    }));
  }

  stop(): void {
    clearTimeout(this.#expiryTimer);
  }

  #ids(): Set<string> {
    return new Set(this.#rules.list().map(({ id }) => id));
  }

  #changed(drop = false): InFlight {
    this.#nextExpiryMs = this.#rules.nextExpiryMs ?? Number.POSITIVE_INFINITY;
    this.#armExpiry();
    return this.#options.onChange(this.#ids(), drop);
  }

  /** Held messages are released at the end of their rule, also if no message comes. */
  #armExpiry(): void {
    clearTimeout(this.#expiryTimer);
    if (this.#nextExpiryMs === Number.POSITIVE_INFINITY) return;
    const { now } = this.#options;
    const waitMs = Math.min(Math.max(0, Math.ceil(this.#nextExpiryMs - now())), 0x7fffffff);
    this.#expiryTimer = setTimeout(() => {
      // The longest wait that a timer takes may end before the rule does.
      this.expire(now());
      this.#armExpiry();
    }, waitMs);
  }
}
