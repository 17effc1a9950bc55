/** The geographies of a running cluster: a new one replaces an earlier one of the same owner. */
import type { ClusterOptionsOf } from '@faultline/actions';
import type { GeographyInForce, Placed, RulesChanged } from '@faultline/protocol';
import {
  geographyInForce,
  geographyLabel,
  type PlacedRules,
  placeZones,
  type Zoned,
} from './geography.ts';
import type { Rules } from './rules.ts';

export class Geographies {
  readonly #rules: Rules;
  /** The latest geography of each owner. */
  readonly #placed = new Map<string | undefined, PlacedRules>();

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  /** Throws BAD_SELECTOR, NODE_UNKNOWN, BAD_RULE. */
  async place(geography: ClusterOptionsOf<'geography'>): Promise<Placed> {
    let placed: Zoned | undefined;
    const changed = await this.#rules.change((list, context, nowMs) => {
      placed = placeZones(geography, context);
      return list.replace(geographyLabel, placed.rules, context, nowMs, geography.owner);
    });
    const { pairs, rulesOf } = placed!;
    const ids = changed.added.map(({ id }) => id);
    this.#placed.set(geography.owner, { pairs, rulesOf, ids });
    return { ...changed, pairs: [...pairs] };
  }

  /** Removes the geography of one owner; null: all of them. */
  end(owner: string | null): Promise<RulesChanged> {
    return this.#rules.change((list) => list.clear(owner, geographyLabel));
  }

  /** The parts of the geographies that are still in force. */
  inForce(): GeographyInForce {
    return geographyInForce([...this.#placed.values()], this.#rules.list());
  }
}
