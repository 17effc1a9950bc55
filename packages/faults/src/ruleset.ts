/**
 * The rules that are installed, and the edges they are on. Tells nothing of time by itself: whoever
 * holds it calls `expire`.
 *
 * Every edge that was asked for is kept up to date as rules come and go. That is done when a rule
 * changes, which is rare, so that deciding about a message need not look.
 */
import {
  FaultlineError,
  formatLinks,
  isClientName,
  isConcrete,
  linksOverlap,
  matchesLink,
  parseLinks,
} from '@faultline/protocol';
import { EdgeRules, type RuleAtWork } from './edge.ts';
import { type RuleReport, total } from './report.ts';
import { Salts } from './salt.ts';
import { type ReadRule, type RuleSpec, readRule } from './spec.ts';

export interface InstalledRule {
  readonly id: string;
  readonly spec: RuleSpec;
  readonly installedAtMs: number;
  /** null: never. */
  readonly expiresAtMs: number | null;
}

interface Entry {
  readonly installed: InstalledRule;
  readonly atWork: RuleAtWork;
}

export interface InstallOptions {
  /** By default r1, r2, … */
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

  /** Throws BAD_RULE; then nothing is installed. */
  add(spec: unknown, { id, nowMs }: InstallOptions): InstalledRule {
    const rule = readRule(spec);
    this.#requireNeeds(rule);
    const expiresAtMs = rule.lifetimeMs === null ? null : nowMs + rule.lifetimeMs;
    return this.#install(rule, id ?? this.#nextId(), nowMs, expiresAtMs);
  }

  /**
   * Installs a rule that another rule set decided on: with the id and the end it has there, and
   * without asking for what the kind needs, which may have expired since.
   */
  restore(id: string, spec: unknown, expiresAtMs: number | null, nowMs = 0): InstalledRule {
    return this.#install(readRule(spec), id, nowMs, expiresAtMs);
  }

  /** Throws NOT_FOUND. */
  remove(id: string): InstalledRule {
    const entry = this.#entries.get(id);
    if (entry === undefined) {
      const there =
        this.#entries.size === 0 ? 'there are none' : [...this.#entries.keys()].join(', ');
      throw new FaultlineError('NOT_FOUND', `no rule has the id ${id}; installed: ${there}`, {
        id,
      });
    }
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

  /** Removes the rules whose time is over, and returns them. */
  expire(nowMs: number): InstalledRule[] {
    const over = this.list().filter(
      ({ expiresAtMs }) => expiresAtMs !== null && expiresAtMs <= nowMs,
    );
    return over.map(({ id }) => this.remove(id));
  }

  /** When `expire` will next have something to do; null: never. */
  get nextExpiryMs(): number | null {
    let nextMs: number | null = null;
    for (const { expiresAtMs } of this.list()) {
      if (expiresAtMs !== null && (nextMs === null || expiresAtMs < nextMs)) nextMs = expiresAtMs;
    }
    return nextMs;
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

  /** An endpoint runs as a new process: what it had going with others is over. */
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

  /** Which pairs have exchanged a message so far, in either direction. */
  #whoTalked(): (a: string, b: string) => boolean {
    const pairs = new Set<string>();
    for (const { src, dest, ordinal } of this.#everyEdge()) {
      if (ordinal > 0) pairs.add(`${src}>${dest}`).add(`${dest}>${src}`);
    }
    return (a, b) => pairs.has(`${a}>${b}`);
  }

  #install(
    rule: ReadRule,
    id: string,
    installedAtMs: number,
    expiresAtMs: number | null,
  ): InstalledRule {
    const selector = parseLinks(rule.spec.links);
    if (!isConcrete(selector)) {
      const message = `links: expected names, *, clients or any, got ${selector.text}: resolve it against a cluster first`;
      throw new FaultlineError('BAD_RULE', message, { property: 'links', text: selector.text });
    }
    if (id === '' || this.#entries.has(id)) {
      const message = id === '' ? 'id: expected a name' : `id: ${id} is the id of another rule`;
      throw new FaultlineError('BAD_RULE', message, { property: 'id', id });
    }
    const atWork: RuleAtWork = {
      id,
      kind: rule.kind.name,
      salt: this.#salts.take(rule),
      stage: rule.kind.stage,
      installed: ++this.#installed,
      match: rule.match,
      matchesEdge: (src, dest, isClient) => matchesLink(selector, src, dest, isClient),
      start: (src, dest) => rule.action.start(src, dest),
    };
    const spec = { ...rule.spec, links: formatLinks(selector) };
    const installed = { id, spec, installedAtMs, expiresAtMs };
    rule.action.install?.(this.#whoTalked());
    this.#entries.set(id, { installed, atWork });
    for (const edge of this.#everyEdge()) edge.add(atWork);
    return installed;
  }

  #requireNeeds({ kind, spec }: ReadRule): void {
    const { needs } = kind;
    if (needs === undefined) return;
    const links = parseLinks(spec.links);
    const isThere = this.list().some(
      ({ spec: other }) => other.kind === needs && linksOverlap(parseLinks(other.links), links),
    );
    if (isThere) return;
    throw new FaultlineError(
      'BAD_RULE',
      `kind: ${kind.name} needs a ${needs} rule on the same links, and none is installed: install that first`,
      { property: 'kind', needs, links: spec.links },
    );
  }

  #nextId(): string {
    do this.#lastNumber++;
    while (this.#entries.has(`r${this.#lastNumber}`));
    return `r${this.#lastNumber}`;
  }

  *#everyEdge(): Generator<EdgeRules> {
    for (const edges of this.#edges.values()) yield* edges.values();
  }
}
