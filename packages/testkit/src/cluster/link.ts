/** Faults of links. Each is a rule and ends when the rule is removed. */
import { RuleSpec } from '@faultline/protocol';
import type { Fault } from './fault.ts';

/**
 * Which messages on the link the rule affects: those of one type, replies only, the first three, each with
 * a probability, those of the next ten seconds, … (default: all).
 */
export type Match = Omit<RuleSpec, 'kind' | 'links' | 'settings'>;

/** A share or a probability: `5%`, or 0.05. */
type Share = string | number;

/** The settings of a kind of rule, together with the match. */
type With<Settings> = Match & Settings;

const matchNames = new Set(
  Object.keys(RuleSpec.properties).filter((name) => !['kind', 'links', 'settings'].includes(name)),
);

export class TestLink {
  /** The selector of the link: `n1>n2`, `leader<>*`. */
  readonly selector: string;
  readonly #add: (spec: RuleSpec) => Promise<Fault>;
  readonly #release: (links: string) => Promise<number>;

  constructor(
    selector: string,
    add: (spec: RuleSpec) => Promise<Fault>,
    release: (links: string) => Promise<number>,
  ) {
    this.selector = selector;
    this.#add = add;
    this.#release = release;
  }

  /** Loses these messages, or a share of them. */
  lose({ probability = 1, ...rest }: With<{ probability?: Share; correlation?: Share }> = {}) {
    return this.#rule('loss', rest, { probability });
  }

  /** Delays messages: `50ms`, `50ms ± 10ms`, `lognormal 5ms p99 200ms`. `keepOrder`: no message overtakes another. */
  delay(delay: string, rest: With<{ correlation?: Share; keepOrder?: boolean }> = {}) {
    return this.#rule('delay', rest, { delay });
  }

  duplicate({
    probability = 1,
    ...rest
  }: With<{ probability?: Share; copies?: number; spacing?: string }> = {}) {
    return this.#rule('duplicate', rest, { probability });
  }

  /** Sends a share of these messages ahead of others that are waiting. */
  reorder({ probability = 1, ...rest }: With<{ probability?: Share; gap?: number }> = {}) {
    return this.#rule('reorder', rest, { probability });
  }

  corrupt({
    probability = 1,
    ...rest
  }: With<{ probability?: Share; as?: string; bits?: number }> = {}) {
    return this.#rule('corrupt', rest, { probability });
  }

  /** Limits the throughput: `100kB/s`. `limit`: the maximum amount that may wait. */
  rate(rate: string, rest: With<{ limit?: string; per?: string }> = {}) {
    return this.#rule('rate', rest, { rate });
  }

  /** Keeps messages in the router until they are released or this fault ends. */
  hold(match: Match = {}): Promise<Fault> {
    return this.#rule('hold', match, {});
  }

  /**
   * Releases the messages held on this link, and those that removed rules still delay there. Resolves with
   * the number of messages.
   */
  release(): Promise<number> {
    return this.#release(this.selector);
  }

  cut(rest: With<{ refuse?: boolean; established?: boolean; idle?: string }> = {}) {
    return this.#rule('cut', rest, {});
  }

  /**
   * Breaks connections: callers waiting for a reply get an indefinite error. `{ replies: true }`: after the
   * request took effect.
   */
  reset(match: Match = {}): Promise<Fault> {
    return this.#rule('reset', match, {});
  }

  /** Adds a rule of any kind, such as `{ kind: 'tamper', settings: { field: 'term', value: 9 } }`. */
  rule(spec: Omit<RuleSpec, 'links'>): Promise<Fault> {
    return this.#add({ ...spec, links: this.selector });
  }

  /** Options that are not part of the match are settings of the kind. */
  #rule(kind: string, given: object, more: Record<string, unknown>): Promise<Fault> {
    const entries = Object.entries(given).filter(([, value]) => value !== undefined);
    const match = Object.fromEntries(entries.filter(([name]) => matchNames.has(name)));
    const settings = Object.fromEntries(entries.filter(([name]) => !matchNames.has(name)));
    return this.#add({ kind, links: this.selector, ...match, settings: { ...settings, ...more } });
  }
}
