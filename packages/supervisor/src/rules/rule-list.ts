/**
 * The only list of a cluster's rules, with the start and end of each. It assigns ids and replaces
 * selectors such as `majority` by names. The router gets the whole list after each change, so rules
 * outlive the router's process.
 *
 * A change is made completely or not at all: if it throws or cannot be passed on, the list stays as it
 * was.
 */
import type { ClusterOptionsOf } from '@faultline/actions';
import {
  explain,
  findProfile,
  type InstalledRule,
  install,
  isOver,
  nextExpiryMs,
  nextRuleNumber,
  noSuchRule,
  RuleSet,
} from '@faultline/faults';
import {
  FaultlineError,
  type InstalledRuleData,
  type RuleStatus,
  type SelectorContext,
} from '@faultline/protocol';
import { concreteLinks } from './concrete-links.ts';
import { partitionLinks } from './partition.ts';

/** A rule and the command that added it, such as partition; null: it was added directly. */
export interface LabeledRule extends InstalledRule {
  readonly label: string | null;
}

export interface Change {
  readonly added: readonly LabeledRule[];
  readonly removed: readonly LabeledRule[];
}

type PassOn = (rules: readonly InstalledRuleData[]) => Promise<unknown>;

const partitionLabel = 'partition';
/** More than a user can oversee, and few enough to install quickly. */
const rulesMax = 300;

export class RuleList {
  /** In the order of installation. Each change replaces the array. */
  #rules: readonly LabeledRule[] = [];
  #lastNumber = 0;
  #lastChange: Promise<unknown> = Promise.resolve();

  /** Makes a change and passes the new list on; undoes the change if that fails. Runs one change at a time. */
  commit(make: () => Change, passOn: PassOn): Promise<Change> {
    const done = this.#lastChange.then(async () => {
      const before = this.#rules;
      const change = make();
      try {
        await passOn(this.forRouter());
      } catch (error) {
        const removed = new Set(change.removed.map(({ id }) => id));
        const present = new Set(this.#rules.map(({ id }) => id));
        // A missing rule that this change did not remove has expired in the meantime.
        this.#rules = before.filter(({ id }) => present.has(id) || removed.has(id));
        throw error;
      }
      return change;
    });
    this.#lastChange = done.catch(() => {});
    return done;
  }

  /** Adds all of these rules, or none if one is invalid. Throws BAD_RULE, BAD_SELECTOR, NODE_UNKNOWN. */
  add(specs: readonly Record<string, unknown>[], context: SelectorContext, nowMs: number): Change {
    return this.#whole(() => ({ added: this.#add(specs, null, context, nowMs), removed: [] }));
  }

  /** The rules in force together with these, without adding any. Throws as `add` does. */
  rehearse(
    seed: string,
    specs: readonly Record<string, unknown>[],
    context: SelectorContext,
    nowMs: number,
  ): { readonly rules: RuleSet; readonly added: readonly LabeledRule[] } {
    const tried = new RuleList();
    tried.#rules = this.#rules;
    tried.#lastNumber = this.#lastNumber;
    const { added } = tried.add(specs, context, nowMs);
    const rules = new RuleSet(seed);
    for (const { id, spec, expiresAtMs, installedAtMs } of tried.#rules) {
      rules.restore(id, spec, expiresAtMs, installedAtMs);
    }
    return { rules, added };
  }

  /** Replaces all rules with this label and this owner. Throws as `add` does. */
  replace(
    label: string,
    specs: readonly Record<string, unknown>[],
    context: SelectorContext,
    nowMs: number,
    owner?: string,
  ): Change {
    return this.#whole(() => {
      const removed = this.#take((rule) => rule.label === label && rule.spec.owner === owner);
      return { added: this.#add(specs, label, context, nowMs), removed };
    });
  }

  partition(
    partition: ClusterOptionsOf<'partition'>,
    context: SelectorContext,
    nowMs: number,
  ): Change {
    const links = partitionLinks(partition, context);
    const { owner, for: lifetime } = partition;
    const spec = {
      kind: 'cut',
      links,
      settings: {},
      ...(lifetime !== undefined && { for: lifetime }),
      ...(owner !== undefined && { owner }),
    };
    return this.replace(partitionLabel, [spec], context, nowMs, owner);
  }

  /** Removes all of these rules, or none if one does not exist. Throws NOT_FOUND. */
  remove(...ids: readonly string[]): Change {
    return this.#whole(() => ({ added: [], removed: ids.map((id) => this.#remove(id)) }));
  }

  /** Removes the rules of one owner, or null: all. `label`: only rules with this label. */
  clear(owner: string | null = null, label?: string): Change {
    const isSelected = (rule: LabeledRule): boolean =>
      (owner === null || rule.spec.owner === owner) &&
      (label === undefined || rule.label === label);
    return { added: [], removed: this.#take(isSelected) };
  }

  /** Removes and returns the rules whose time is over. */
  expire(nowMs: number): readonly LabeledRule[] {
    return this.#take((rule) => isOver(rule, nowMs));
  }

  /** When the next rule expires; null: none does. */
  get nextExpiryMs(): number | null {
    return nextExpiryMs(this.#rules);
  }

  status(nowMs: number): RuleStatus[] {
    return this.#rules.map((rule) => statusOf(rule, nowMs));
  }

  forRouter(): InstalledRuleData[] {
    return this.#rules.map(({ id, spec, installedAtMs, expiresAtMs }) => ({
      id,
      spec,
      installedAtMs,
      expiresAtMs,
    }));
  }

  #add(
    specs: readonly Record<string, unknown>[],
    label: string | null,
    context: SelectorContext,
    nowMs: number,
  ): LabeledRule[] {
    const expanded = specs.flatMap(expandProfile);
    const count = this.#rules.length + expanded.length;
    if (count > rulesMax) {
      throw new FaultlineError(
        'BAD_RULE',
        `a cluster has at most ${rulesMax} rules at a time: with these, it would have ${count}`,
        { rules: count, rulesMax },
      );
    }
    // One command makes one choice of nodes: each random:1 in it selects the same node.
    const resolved = new Map<string, string>();
    return expanded.map(({ spec, label: ownLabel }) => {
      const number = nextRuleNumber(this.#lastNumber, this.#rules);
      const resolvedSpec = resolveRule(spec, context, resolved);
      const installed = install(resolvedSpec, { id: `r${number}`, nowMs }, this.#rules);
      const rule = { ...installed, label: label ?? ownLabel };
      this.#lastNumber = number;
      this.#rules = [...this.#rules, rule];
      return rule;
    });
  }

  #remove(id: string): LabeledRule {
    const [rule] = this.#take((each) => each.id === id);
    if (rule === undefined) throw noSuchRule(id, this.#rules);
    return rule;
  }

  #take(isSelected: (rule: LabeledRule) => boolean): LabeledRule[] {
    const taken = this.#rules.filter(isSelected);
    if (taken.length > 0) this.#rules = this.#rules.filter((rule) => !isSelected(rule));
    return taken;
  }

  #whole(act: () => Change): Change {
    const before = this.#rules;
    try {
      return act();
    } catch (error) {
      this.#rules = before;
      throw error;
    }
  }
}

export function statusOf(rule: LabeledRule, nowMs: number): RuleStatus {
  return {
    id: rule.id,
    explains: explain(rule.spec),
    spec: rule.spec,
    label: rule.label,
    endsInMs: rule.expiresAtMs === null ? null : Math.max(0, Math.round(rule.expiresAtMs - nowMs)),
  };
}
/** Expands a spec that names a profile into the profile's rules, labeled with its name. */
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
