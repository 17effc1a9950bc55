/**
 * The rules that are in force, as the supervisor keeps them: it gives them ids, resolves selectors
 * such as `majority` against the cluster, and tells the router the whole list after each change. Rules
 * outlive the router's process that way.
 *
 * A change is whole or not at all: what throws while it is made, or cannot be told, is taken back.
 */
import { explain, findProfile, type InstalledRule, RuleSet } from '@faultline/faults';
import {
  FaultlineError,
  type InstalledRuleData,
  type Partition,
  type RuleStatus,
  type SelectorContext,
} from '@faultline/protocol';
import { concreteLinks } from './concrete-links.ts';
import { partitionLinks } from './partition.ts';

/** A rule and the command that it came from, such as partition; null: nothing but itself. */
export interface LabelledRule extends InstalledRule {
  readonly label: string | null;
}

export interface Change {
  readonly added: readonly LabelledRule[];
  readonly removed: readonly LabelledRule[];
}

type Tell = (rules: readonly InstalledRuleData[]) => Promise<void>;

const partitionLabel = 'partition';
/** More than anybody looks through, and few enough to install in a moment. */
const rulesMax = 300;

export class FaultDesk {
  readonly #rules: RuleSet;
  readonly #labels = new Map<string, string>();
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(seed: string) {
    this.#rules = new RuleSet(seed);
  }

  /** Makes a change, tells the new list, and takes the change back where that fails. One at a time. */
  commit(make: () => Change, tell: Tell): Promise<Change> {
    const done = this.#lastChange.then(async () => {
      const before = this.#list();
      const change = make();
      try {
        await tell(this.forRouter());
      } catch (error) {
        const removed = new Set(change.removed.map(({ id }) => id));
        const present = new Set(this.#rules.list().map(({ id }) => id));
        // What is gone by now though this change did not remove it has come to its end.
        this.#restore(before.filter(({ id }) => present.has(id) || removed.has(id)));
        throw error;
      }
      return change;
    });
    this.#lastChange = done.catch(() => {});
    return done;
  }

  /** Adds all of these or, where one is wrong, none. Throws BAD_RULE, BAD_SELECTOR, NODE_UNKNOWN. */
  add(specs: readonly Record<string, unknown>[], context: SelectorContext, nowMs: number): Change {
    return this.#whole(() => ({ added: this.#add(specs, null, context, nowMs), removed: [] }));
  }

  /** The rules in force and these beside them, without installing any. Throws as `add` does. */
  rehearse(
    specs: readonly Record<string, unknown>[],
    context: SelectorContext,
    nowMs: number,
  ): { readonly rules: RuleSet; readonly added: readonly LabelledRule[] } {
    const desk = new FaultDesk(this.#rules.seed);
    desk.#restore(this.#list());
    const { added } = desk.add(specs, context, nowMs);
    return { rules: desk.#rules, added };
  }

  /** Adds rules in the place of all that have this label. Throws as `add` does. */
  replace(
    label: string,
    specs: readonly Record<string, unknown>[],
    context: SelectorContext,
    nowMs: number,
  ): Change {
    return this.#whole(() => {
      const removed = this.#labelled(label).map(({ id }) => this.#remove(id));
      return { added: this.#add(specs, label, context, nowMs), removed };
    });
  }

  partition(partition: Partition, context: SelectorContext, nowMs: number): Change {
    const links = partitionLinks(partition, context);
    const lifetime = partition.for === undefined ? {} : { for: partition.for };
    const spec = { kind: 'cut', links, settings: {}, ...lifetime };
    return this.replace(partitionLabel, [spec], context, nowMs);
  }

  /** Removes all of these or, where one is not there, none. Throws NOT_FOUND. */
  remove(...ids: readonly string[]): Change {
    return this.#whole(() => ({ added: [], removed: ids.map((id) => this.#remove(id)) }));
  }

  clear(): Change {
    const removed = this.#list();
    this.#labels.clear();
    this.#rules.clear();
    return { added: [], removed };
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
    return this.#list().map((rule) => statusOf(rule, nowMs));
  }

  forRouter(): InstalledRuleData[] {
    return this.#rules.list();
  }

  #add(
    specs: readonly Record<string, unknown>[],
    given: string | null,
    context: SelectorContext,
    nowMs: number,
  ): LabelledRule[] {
    const expanded = specs.flatMap(expandProfile);
    const count = this.#rules.list().length + expanded.length;
    if (count > rulesMax) {
      throw new FaultlineError(
        'BAD_RULE',
        `a cluster has at most ${rulesMax} rules at a time; with these there would be ${count}`,
        { rules: count, rulesMax },
      );
    }
    // One command means one choice of nodes: what it says of random:1 it says of the same node.
    const resolved = new Map<string, string>();
    return expanded.map(({ spec, label: own }) => {
      const label = given ?? own;
      const rule = this.#rules.add(resolveRule(spec, context, resolved), { nowMs });
      if (label !== null) this.#labels.set(rule.id, label);
      return { ...rule, label };
    });
  }

  #list(): LabelledRule[] {
    return this.#rules
      .list()
      .map((rule) => ({ ...rule, label: this.#labels.get(rule.id) ?? null }));
  }

  #labelled(label: string): LabelledRule[] {
    return this.#list().filter((rule) => rule.label === label);
  }

  #remove(id: string): LabelledRule {
    const rule = this.#rules.remove(id);
    const label = this.#labels.get(id) ?? null;
    this.#labels.delete(id);
    return { ...rule, label };
  }

  #whole(act: () => Change): Change {
    const before = this.#list();
    try {
      return act();
    } catch (error) {
      this.#restore(before);
      throw error;
    }
  }

  #restore(rules: readonly LabelledRule[]): void {
    this.clear();
    for (const { id, spec, expiresAtMs, installedAtMs, label } of rules) {
      this.#rules.restore(id, spec, expiresAtMs, installedAtMs);
      if (label !== null) this.#labels.set(id, label);
    }
  }
}

export function statusOf(rule: LabelledRule, nowMs: number): RuleStatus {
  return {
    id: rule.id,
    explains: explain(rule.spec),
    spec: rule.spec as unknown as Record<string, unknown>,
    label: rule.label,
    endsInMs: rule.expiresAtMs === null ? null : Math.max(0, Math.round(rule.expiresAtMs - nowMs)),
  };
}

/** A spec that names a profile is as many rules as that has, labelled with its name. */
function expandProfile(
  spec: Record<string, unknown>,
): { readonly spec: Record<string, unknown>; readonly label: string | null }[] {
  const { profile: name, ...match } = spec;
  if (name === undefined) return [{ spec, label: null }];
  if (match.kind !== undefined || match.settings !== undefined) {
    throw new FaultlineError('BAD_RULE', 'profile: a rule has a kind or a profile, not both', {
      property: 'profile',
    });
  }
  const profile = findProfile(name);
  return profile.rules.map((rule) => ({ spec: { ...match, ...rule }, label: profile.name }));
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
  const concrete = resolved.get(links) ?? concreteLinks(links, context);
  resolved.set(links, concrete);
  return { ...spec, links: concrete };
}
