/**
 * In which states an operation may have met an object, whatever it was answered: for every order of
 * all the others, at every place in it where the operation could have been, with its effect or without.
 *
 * A *probe* replaces the operation. It remembers the state that it meets, so that configurations
 * which differ in that are distinguished. A last operation that is never possible
 * makes the search go through all of them: what they remember is what was possible. All that cuts
 * the search keeps what can come after, so none is missed.
 */
import { type Asked, type Model, OneOf } from '../models/model.ts';
import type { Operation } from '../operation.ts';
import { endOf } from '../times.ts';
import { Search } from './search.ts';
import { States } from './states.ts';
import { asUnknown } from './witness.ts';

/** States by number. */
interface Probed {
  readonly state: number;
  /** Undefined until the probe was there. */
  readonly met: number | undefined;
}

export interface PossibleStates {
  readonly possible: readonly { readonly state: unknown; readonly by: Operation | undefined }[];
  /** An order of all other operations; with this one if the answers of others show its effect. */
  readonly order: readonly Operation[];
}

/**
 * @param prefix with the operation, which ends last in it; without its answer all can be ordered
 * @param run searches as far as there is time for; `weight` is that of states that the search does not see
 * @returns undefined if that was not to the end
 */
export function possibleStates(
  prefix: readonly Operation[],
  operation: Operation,
  model: Model,
  run: (search: Search, weight: () => number) => void,
): PossibleStates | undefined {
  const probe: Operation = { ...operation, f: '\0probe', type: 'ok' };
  const atMs = endOf(operation) + 1;
  const index = prefix.reduce((most, one) => Math.max(most, one.index), 0) + 1;
  const last: Operation = { ...probe, index, f: '\0last', invokedMs: atMs, endedMs: atMs };
  const probing = prefix.map((one) => (one === operation ? probe : one));
  const states = new States(model, []);
  const effect = mayChange(operation, model) ? asUnknown(operation) : undefined;
  const search = new Search([...probing, last], probed(model, states, probe, last, effect));
  run(search, () => states.weight);
  if (search.outcome === undefined || search.furthestReturn !== last) return undefined;

  const found = new Map<number, Operation | undefined>();
  for (const { state, changesBack } of search.furthest()) {
    const met = (state as Probed).met!;
    if (!found.has(met)) found.set(met, changeBefore(probe, changesBack()));
  }
  const possible = [...found].map(([met, by]) => ({ state: states.valueOf(met), by }));
  possible.sort((a, b) => (a.by?.index ?? -1) - (b.by?.index ?? -1));

  const without = new Search(
    prefix.filter((one) => one !== operation),
    model,
  );
  run(without, () => 0);
  if (without.outcome === 'ok') return { possible, order: without.order() };
  return { possible, order: search.order().map((one) => (one === probe ? operation : one)) };
}

/** Whether it changes something in whatever way it is answered. One that failed does not. */
export const mayChange = (operation: Operation, model: Model): boolean =>
  operation.type !== 'fail' && !model.isRead(asUnknown(operation));

function changeBefore(probe: Operation, changesBack: Iterable<Operation>): Operation | undefined {
  let isBefore = false;
  for (const change of changesBack) {
    if (isBefore) return change;
    isBefore = change === probe;
  }
  return undefined;
}

function probed(
  model: Model,
  states: States,
  probe: Operation,
  last: Operation,
  effect: Operation | undefined,
): Model {
  const isOurs = (asked: Asked): boolean => asked === probe || asked === last;
  const { commutes } = model;
  const spec: Model<Probed> = {
    name: model.name,
    init: { state: states.initial, met: undefined },
    ...(model.anonymous === undefined ? {} : { anonymous: model.anonymous }),
    step({ state, met }, asked) {
      if (asked === last) return undefined;
      const after = (taken: Asked): number[] => {
        const next = model.step(states.valueOf(state), taken);
        if (next === undefined) return [];
        return (next instanceof OneOf ? next.states : [next]).map((one) => states.numberOf(one));
      };
      if (asked === probe) {
        const reached = effect === undefined ? [state] : [state, ...after(effect)];
        return new OneOf(reached.map((one) => ({ state: one, met: state })));
      }
      const reached = after(asked);
      if (reached.length === 1) return { state: reached[0]!, met };
      return new OneOf(reached.map((one) => ({ state: one, met })));
    },
    hash: ({ state, met = -1 }) => `${state} ${met}`,
    isRead: (asked) => !isOurs(asked) && model.isRead(asked),
    observesFailure: (asked) => model.observesFailure(asked),
    partition: () => undefined,
    words: ({ state }) => model.words(states.valueOf(state)),
    ...(commutes === undefined
      ? {}
      : { commutes: (a, b) => !isOurs(a) && !isOurs(b) && commutes(a, b) }),
  };
  return spec as Model;
}
