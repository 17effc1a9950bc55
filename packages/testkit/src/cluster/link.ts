/** What may be done to messages on links. Each is a rule, and ends with it. */
import { RuleSpec } from '@faultline/protocol';
import type { Fault } from './fault.ts';

/**
 * Which messages on the link: of a type, replies only, the first three of them, each with a chance,
 * for ten seconds, …. All, where nothing is said.
 */
export type Match = Omit<RuleSpec, 'kind' | 'links' | 'settings'>;

/** A share or a probability: `5%`, or 0.05. */
type Share = string | number;

/** Anything that the kind `K` may be told, beside which messages are meant. */
type With<Settings> = Match & Settings;

const matchNames = new Set(
  Object.keys(RuleSpec.properties).filter((name) => !['kind', 'links', 'settings'].includes(name)),
);

export class TestLink {
  /** As it was named: `n1>n2`, `leader<>*`. */
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

  /** Loses all of these messages, or a share of them. */
  lose({ probability = 1, ...rest }: With<{ probability?: Share; correlation?: Share }> = {}) {
    return this.#rule('loss', rest, { probability });
  }

  /** `50ms`, `50ms ± 10ms`, `lognormal 5ms p99 200ms`. `keepOrder`: none overtakes another. */
  delay(delay: string, rest: With<{ correlation?: Share; keepOrder?: boolean }> = {}) {
    return this.#rule('delay', rest, { delay });
  }

  duplicate({
    probability = 1,
    ...rest
  }: With<{ probability?: Share; copies?: number; spacing?: string }> = {}) {
    return this.#rule('duplicate', rest, { probability });
  }

  /** Sends a share of these messages ahead of others that wait. */
  reorder({ probability = 1, ...rest }: With<{ probability?: Share; gap?: number }> = {}) {
    return this.#rule('reorder', rest, { probability });
  }

  corrupt({
    probability = 1,
    ...rest
  }: With<{ probability?: Share; as?: string; bits?: number }> = {}) {
    return this.#rule('corrupt', rest, { probability });
  }

  /** So many bytes a second pass: `100kB/s`. `limit`: how much may wait. */
  rate(rate: string, rest: With<{ limit?: string; per?: string }> = {}) {
    return this.#rule('rate', rest, { rate });
  }

  /** Keeps messages in the router until they are released, or this ends. */
  hold(match: Match = {}): Promise<Fault> {
    return this.#rule('hold', match, {});
  }

  /**
   * Releases what is held on this link, and what removed rules still delay there. Resolves with the
   * number of messages.
   */
  release(): Promise<number> {
    return this.#release(this.selector);
  }

  cut(rest: With<{ refuse?: boolean; established?: boolean; idle?: string }> = {}) {
    return this.#rule('cut', rest, {});
  }

  /** Breaks connections: who waits for an answer gets an indefinite error. `{ replies: true }`: after it was done. */
  reset(match: Match = {}): Promise<Fault> {
    return this.#rule('reset', match, {});
  }

  /** A rule of any kind, such as `{ kind: 'tamper', settings: { field: 'term', value: 9 } }`. */
  rule(spec: Omit<RuleSpec, 'links'>): Promise<Fault> {
    return this.#add({ ...spec, links: this.selector });
  }

  /** What is no match is a setting of the kind. */
  #rule(kind: string, given: object, more: Record<string, unknown>): Promise<Fault> {
    const entries = Object.entries(given).filter(([, value]) => value !== undefined);
    const match = Object.fromEntries(entries.filter(([name]) => matchNames.has(name)));
    const settings = Object.fromEntries(entries.filter(([name]) => !matchNames.has(name)));
    return this.#add({ kind, links: this.selector, ...match, settings: { ...settings, ...more } });
  }
}
