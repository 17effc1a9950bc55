/** The geography of a running cluster: a new one takes the place of the one before. */
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
  #latest: PlacedRules | null = null;

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  /** Throws BAD_SELECTOR, NODE_UNKNOWN, BAD_RULE. */
  async place(geography: ClusterOptionsOf<'geography'>): Promise<Placed> {
    let placed: Zoned | undefined;
    const changed = await this.#rules.change((list, context, nowMs) => {
      placed = placeZones(geography, context);
      return list.replace(geographyLabel, placed.rules, context, nowMs);
    });
    const { pairs, rulesOf } = placed!;
    this.#latest = { pairs, rulesOf, ids: changed.added.map(({ id }) => id) };
    return { ...changed, pairs: [...pairs] };
  }

  end(): Promise<RulesChanged> {
    return this.#rules.change((list, context, nowMs) =>
      list.replace(geographyLabel, [], context, nowMs),
    );
  }

  /** What of the latest geography is still in force. */
  inForce(): GeographyInForce {
    return this.#latest === null
      ? { pairs: [], endsInMs: null }
      : geographyInForce(this.#latest, this.#rules.list());
  }
}
