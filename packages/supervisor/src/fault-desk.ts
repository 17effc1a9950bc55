/**
 * The rules that are in force, as the supervisor keeps them: it gives them ids, resolves selectors
 * such as `majority` against the cluster, and tells the router the whole list after each change. Rules
 * outlive the router's process that way.
 */
import { explain, type InstalledRule, RuleSet } from '@faultline/faults';
import {
  FaultlineError,
  type InstalledRuleData,
  type Partition,
  parseLinks,
  type RuleStatus,
  resolveLinks,
  type SelectorContext,
} from '@faultline/protocol';
import { partitionLinks } from './partition.ts';

export interface Change {
  readonly added: readonly InstalledRule[];
  readonly removed: readonly InstalledRule[];
}

const partitionLabel = 'partition';
/** More than anybody looks through, and few enough to install in a moment. */
const rulesMax = 300;

export class FaultDesk {
  readonly #rules: RuleSet;
  readonly #labels = new Map<string, string>();

  constructor(seed: string) {
    this.#rules = new RuleSet(seed);
  }

  /** Adds all of these or, where one is wrong, none. Throws BAD_RULE, BAD_SELECTOR, NODE_UNKNOWN. */
  add(specs: readonly Record<string, unknown>[], context: SelectorContext, nowMs: number): Change {
    const count = this.#rules.list().length + specs.length;
    if (count > rulesMax) {
      throw new FaultlineError(
        'BAD_RULE',
        `a cluster has at most ${rulesMax} rules at a time; with these there would be ${count}`,
        { rules: count, rulesMax },
      );
    }
    const added: InstalledRule[] = [];
    // One command means one choice of nodes: what it says of random:1 it says of the same node.
    const resolved = new Map<string, string>();
    try {
      for (const spec of specs) {
        added.push(this.#rules.add(resolveRule(spec, context, resolved), { nowMs }));
      }
    } catch (error) {
      for (const { id } of added) this.#rules.remove(id);
      throw error;
    }
    return { added, removed: [] };
  }

  partition(partition: Partition, context: SelectorContext, nowMs: number): Change {
    const links = partitionLinks(partition, context);
    const lifetime = partition.for === undefined ? {} : { for: partition.for };
    const rule = this.#rules.add({ kind: 'cut', links, settings: {}, ...lifetime }, { nowMs });
    const removed = this.#rules
      .list()
      .filter(({ id }) => this.#labels.get(id) === partitionLabel)
      .map(({ id }) => this.#remove(id));
    this.#labels.set(rule.id, partitionLabel);
    return { added: [rule], removed };
  }

  /** Throws NOT_FOUND. */
  remove(id: string): Change {
    return { added: [], removed: [this.#remove(id)] };
  }

  clear(): Change {
    this.#labels.clear();
    return { added: [], removed: this.#rules.clear() };
  }

  /** Takes away and returns the rules whose time is over. */
  expire(nowMs: number): readonly InstalledRule[] {
    const ended = this.#rules.expire(nowMs);
    for (const { id } of ended) this.#labels.delete(id);
    return ended;
  }

  get nextExpiryMs(): number | null {
    return this.#rules.nextExpiryMs;
  }

  status(nowMs: number): RuleStatus[] {
    return this.#rules.list().map((rule) => this.statusOf(rule, nowMs));
  }

  statusOf(rule: InstalledRule, nowMs: number): RuleStatus {
    return {
      id: rule.id,
      explains: explain(rule.spec),
      spec: rule.spec as unknown as Record<string, unknown>,
      label: this.#labels.get(rule.id) ?? null,
      endsInMs:
        rule.expiresAtMs === null ? null : Math.max(0, Math.round(rule.expiresAtMs - nowMs)),
    };
  }

  forRouter(): InstalledRuleData[] {
    return this.#rules.list().map(({ id, spec, expiresAtMs }) => ({ id, spec, expiresAtMs }));
  }

  #remove(id: string): InstalledRule {
    this.#labels.delete(id);
    return this.#rules.remove(id);
  }
}

function resolveRule(
  spec: Record<string, unknown>,
  context: SelectorContext,
  resolved: Map<string, string>,
): Record<string, unknown> {
  const { links } = spec;
  if (typeof links !== 'string') {
    throw new FaultlineError('BAD_RULE', 'links: expected a selector of links, such as n1>n2', {
      property: 'links',
    });
  }
  const concrete = resolved.get(links) ?? resolveLinks(parseLinks(links), context);
  resolved.set(links, concrete);
  return { ...spec, links: concrete };
}
