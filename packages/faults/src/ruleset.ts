/**
 * The installed rules and their edges. It does not watch the time: its owner calls `expire`.
 *
 * Every requested edge is kept up to date when a rule is added or removed, which is rare, so that deciding
 * about a message needs no lookup.
 */
import { isClientName, matchesLink } from '@faultline/protocol';
import { EdgeRules, type RuleAtWork } from './edge.ts';
import {
  type InstalledRule,
  isOver,
  nextExpiryMs,
  nextRuleNumber,
  noSuchRule,
  type ReadInstalled,
  readInstalled,
  readNew,
} from './installed.ts';
import { type RuleReport, total } from './report.ts';
import { Salts } from './salt.ts';
import { readRule } from './spec.ts';

interface Entry {
  readonly installed: InstalledRule;
  readonly atWork: RuleAtWork;
}

export interface InstallOptions {
  /** Default: r1, r2, … */
  readonly id?: string | undefined;
  readonly nowMs: number;
}

export class RuleSet {
  readonly seed: string;
  /** By id, in the order of installation. */
  readonly #entries = new Map<string, Entry>();
  /** By source, then destination. */
  readonly #edges = new Map<string, Map<string, EdgeRules>>();
  readonly #salts = new Salts();
  #installed = 0;
  #lastNumber = 0;

  constructor(seed: string | number) {
    this.seed = String(seed);
  }

  /** Throws BAD_RULE without installing anything. */
  add(spec: unknown, { id, nowMs }: InstallOptions): InstalledRule {
    const others = this.list();
    const number = nextRuleNumber(this.#lastNumber, others);
    const installed = this.#install(readNew(spec, { id: id ?? `r${number}`, nowMs }, others));
    if (id === undefined) this.#lastNumber = number;
    return installed;
  }

  /**
   * Installs a rule from another list with its id and end, without checking for the rule that its kind
   * needs, which may have expired since.
   */
  restore(id: string, spec: unknown, expiresAtMs: number | null, nowMs = 0): InstalledRule {
    const times = { id, installedAtMs: nowMs, expiresAtMs };
    return this.#install(readInstalled(readRule(spec), times, this.list()));
  }

  /** Throws NOT_FOUND. */
  remove(id: string): InstalledRule {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw noSuchRule(id, this.list());
    this.#entries.delete(id);
    this.#salts.giveBack(entry.atWork.salt);
    for (const edge of this.#everyEdge()) edge.remove(id);
    return entry.installed;
  }

  /** Returns what was removed. */
  clear(): InstalledRule[] {
    return this.list().map(({ id }) => this.remove(id));
  }

  /** In the order of installation. */
  list(): InstalledRule[] {
    return [...this.#entries.values()].map(({ installed }) => installed);
  }

  /** Removes expired rules and returns them. */
  expire(nowMs: number): InstalledRule[] {
    const over = this.list().filter((rule) => isOver(rule, nowMs));
    return over.map(({ id }) => this.remove(id));
  }

  /** When `expire` is next needed; null: never. */
  get nextExpiryMs(): number | null {
    return nextExpiryMs(this.list());
  }

  /** The rules of an edge, kept up to date; the same object each time. */
  edge(src: string, dest: string, isClient: (name: string) => boolean = isClientName): EdgeRules {
    let edges = this.#edges.get(src);
    if (edges === undefined) {
      edges = new Map();
      this.#edges.set(src, edges);
    }
    let edge = edges.get(dest);
    if (edge === undefined) {
      edge = new EdgeRules(this.seed, src, dest, isClient);
      for (const { atWork } of this.#entries.values()) edge.add(atWork);
      edges.set(dest, edge);
    }
    return edge;
  }

  /** Forgets an endpoint that will not come back: its edges, their ordinals and counts. */
  forget(name: string): void {
    this.#edges.delete(name);
    for (const edges of this.#edges.values()) edges.delete(name);
  }

  /** An endpoint has restarted: its conversations are over. */
  restarted(name: string): void {
    for (const edge of this.#everyEdge()) {
      if (edge.src === name || edge.dest === name) edge.restarted();
    }
  }

  /** What each installed rule has done so far, in the order of installation. */
  reports(): RuleReport[] {
    return this.list().map(({ id }) => {
      const edges = [...this.#everyEdge()].flatMap((edge) =>
        edge.rules.filter(({ rule }) => rule.id === id).map((rule) => rule.report(edge)),
      );
      return { rule: id, ...total(edges), edges: edges.filter(({ looked }) => looked > 0) };
    });
  }

  /** Pairs that have exchanged a message so far, in either direction. */
  #whoTalked(): (a: string, b: string) => boolean {
    const pairs = new Set<string>();
    for (const { src, dest, ordinal } of this.#everyEdge()) {
      if (ordinal > 0) pairs.add(`${src}>${dest}`).add(`${dest}>${src}`);
    }
    return (a, b) => pairs.has(`${a}>${b}`);
  }

  #install({ read: rule, links, installed }: ReadInstalled): InstalledRule {
    const { id } = installed;
    const atWork: RuleAtWork = {
      id,
      kind: rule.kind.name,
      salt: this.#salts.take(rule),
      stage: rule.kind.stage,
      installed: ++this.#installed,
      match: rule.match,
      matchesEdge: (src, dest, isClient) => matchesLink(links, src, dest, isClient),
      start: (src, dest) => rule.action.start(src, dest),
    };
    rule.action.install?.(this.#whoTalked());
    this.#entries.set(id, { installed, atWork });
    for (const edge of this.#everyEdge()) edge.add(atWork);
    return installed;
  }

  *#everyEdge(): Generator<EdgeRules> {
    for (const edges of this.#edges.values()) yield* edges.values();
  }
}
