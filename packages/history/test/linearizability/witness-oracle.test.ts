/** Every sentence of a witness against every order of the operations, for every model. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draws, drawsAll } from '../../../../test/helpers/draws.ts';
import { checkLinearizable, type Model, type Operation } from '../../src/index.ts';
import { fromAnyState, withoutBeginning } from '../../src/linearizability/any-state.ts';
import { asOptional, withOptional } from '../../src/linearizability/optional.ts';
import { Search } from '../../src/linearizability/search.ts';
import { inProcessOrder } from '../../src/times.ts';
import { anyHistory, rightHistory, type Subject, subjects } from '../helpers/generate.ts';
import { isLinearizable, ordersOf, someOf } from '../helpers/oracle.ts';

const asUnknown = ({ output: _, ...one }: Operation): Operation => ({
  ...one,
  type: 'info',
  endedMs: null,
});
const endOf = (one: Operation): number => (one.type === 'info' ? Infinity : one.endedMs!);

/** What was known at the end of `last`: what ended later had no answer yet. */
function knownAt(last: Operation, operations: readonly Operation[]): Operation[] {
  return operations
    .filter((one) => one.invokedMs <= endOf(last))
    .filter((one) => one.type !== 'fail' || endOf(one) <= endOf(last))
    .map((one) => (endOf(one) <= endOf(last) ? one : asUnknown(one)));
}

/** A right history of which one answer is another's. */
const nearlyRight = (subject: Subject): fc.Arbitrary<Operation[]> =>
  fc
    .tuple(rightHistory(subject, { clients: 3, max: 7 }), fc.nat(20), fc.nat(20))
    .map(([operations, at, from]) => {
      const answered = operations.filter(({ type }) => type === 'ok');
      if (answered.length === 0) return operations;
      const changed = answered[at % answered.length]!;
      const { output } = answered.filter(({ f }) => f === changed.f).at(-1 - (from % 3)) ?? changed;
      return operations.map((one) => (one === changed ? { ...one, output: output ?? 3 } : one));
    });

/** Times that no two events share, so that there is one meaning. */
const apart = (operations: readonly Operation[]): Operation[] =>
  inProcessOrder([
    ...operations,
    // Two operations that touch make places of all times.
    { ...touching, index: operations.length, invokedMs: 98, endedMs: 99 },
    { ...touching, index: operations.length + 1, invokedMs: 99, endedMs: 99 },
  ]).slice(0, -2);
const touching = { process: 'last', f: 'read', input: null, type: 'ok', output: null } as const;

/** The states in which an operation could be, each with what may have changed it last. */
function meetable(
  operation: Operation,
  others: readonly Operation[],
  model: Model,
): Map<string, Set<number | undefined>> {
  const found = new Map<string, Set<number | undefined>>();
  for (const { order, states } of ordersOf(others, model)) {
    const own = order.findIndex(({ index }) => index === operation.index);
    let by: number | undefined;
    for (let place = 0; place <= order.length; place++) {
      const name = model.words(states[place]);
      if (place > 0 && model.words(states[place - 1]) !== name) by = order[place - 1]!.index;
      const isTooEarly = order.slice(place).some((one) => endOf(one) < operation.invokedMs);
      if (isTooEarly || (own >= 0 && own !== place)) continue;
      found.set(name, (found.get(name) ?? new Set()).add(by));
    }
  }
  return found;
}

describe.each(Object.entries(subjects))('%s', (_, subject) => {
  const { model } = subject;
  const linearizable = (operations: readonly Operation[]) => isLinearizable(operations, model);
  const isChange = (one: Operation) => one.type !== 'fail' && !model.isRead(one);
  /** Whatever of these took effect: each in its time, some unknown one at any. */
  const canBeOrdered = (operations: readonly Operation[], optional: readonly Operation[]) =>
    someOf(optional.filter(({ type }) => type !== 'info')).some((taken) =>
      linearizable([...operations, ...optional.filter(({ type }) => type === 'info'), ...taken]),
    );

  test('every sentence of a witness is true', () => {
    let violated = 0;
    const history = fc.oneof(anyHistory(subject, 6), nearlyRight(subject)).map(apart);
    fc.assert(
      fc.property(history, (operations) => {
        const { verdict, witness } = checkLinearizable(operations, model);
        if (verdict !== 'violated') return;
        violated += 1;
        const { operation, possible, smallest, relaxed } = witness!;
        const returns = operations
          .filter(({ type }) => type !== 'info')
          .sort((a, b) => endOf(a) - endOf(b));
        const first = returns.find((one) => !linearizable(knownAt(one, operations)));
        expect(operation).toBe(first);
        expect(witness!.isLocated).toBe(true);

        const known = knownAt(operation, operations);
        const others = known.filter((one) => one.index !== operation.index);
        const unanswered = operation.type === 'fail' ? others : [...others, asUnknown(operation)];
        const invoked = operations.filter(({ invokedMs }) => invokedMs <= endOf(operation));
        expect(witness!.before).toBe(invoked.length - 1);
        const needsIt = !linearizable(others);
        const order = String(witness!.linearizedPrefix);
        const orders = [...ordersOf(needsIt ? unanswered : others, model)];
        expect(orders.map((one) => String(one.order.map(({ index }) => index)))).toContain(order);

        const meets = meetable(operation, unanswered, model);
        const names = possible.map(({ state }) => model.words(state));
        expect(names.toSorted()).toEqual([...meets.keys()].sort());
        for (const { state, by } of possible) {
          expect([...meets.get(model.words(state))!]).toContain(by?.index);
        }

        const isShown = ({ index }: Operation) => smallest.some((one) => one.index === index);
        const isRelaxed = ({ index }: Operation) => relaxed.includes(index);
        const counted = known.filter(
          (one) => isShown(one) && one.type !== 'info' && !isRelaxed(one),
        );
        const helping = known.filter((one) => isShown(one) && !counted.includes(one));
        const free = others.filter((one) => !isShown(one) && isChange(one));
        expect(counted).toContain(operation);
        expect(canBeOrdered(counted, [...helping, ...free])).toBe(false);
        expect(witness!.otherChanges).toBe(free.length);
        expect([witness!.isMinimal, witness!.isSelfContained]).toEqual([true, true]);
        /** What is left of one that does not count: it may have been there, or of the last, anything. */
        const leftOf = (one: Operation): Operation[] => {
          if (one === operation) return unanswered.filter(({ index }) => index === one.index);
          return isChange(one) ? [one] : [];
        };
        const canBeOrderedWithout = (one: Operation, by: readonly Operation[]) =>
          canBeOrdered(
            counted.filter((other) => other !== one),
            [...leftOf(one), ...by],
          );
        for (const one of counted) {
          expect(canBeOrderedWithout(one, [...helping, ...free]), `#${one.index}`).toBe(true);
        }
        const isExplained = (by: readonly Operation[]) =>
          counted.every((one) => canBeOrderedWithout(one, by));
        expect(isExplained(helping)).toBe(true);
        for (const one of helping) {
          expect(isExplained(helping.filter((other) => other !== one)), `#${one.index}`).toBe(
            false,
          );
        }
      }),
      { numRuns: draws(400) },
    );
    if (drawsAll) expect(violated).toBeGreaterThan(4);
  });

  const fromAny = fromAnyState(model);
  test.runIf(fromAny !== undefined)(
    'a part that is wrong from any state has no order, whatever came before it',
    () => {
      let violated = 0;
      const history = fc.oneof(anyHistory(subject, 6), nearlyRight(subject)).map(apart);
      fc.assert(
        fc.property(history, fc.nat(4), (operations, most) => {
          const known = operations
            .filter(
              (one) => one.type !== 'info' && (one.type === 'ok' || model.observesFailure(one)),
            )
            .sort((a, b) => endOf(b) - endOf(a))
            .slice(0, 2 + most);
          const isKnown = ({ index }: Operation) => known.some((one) => one.index === index);
          const others = operations.filter((one) => isChange(one) && !isKnown(one));
          const optional = others.map((one) => (one.type === 'info' ? one : asOptional(one)));
          const part = withoutBeginning([...known, ...optional], isKnown);
          const search = new Search(part, withOptional(fromAny!));
          search.run(1_000_000);
          expect(search.outcome).toBeDefined();
          if (search.outcome === 'ok') return;
          violated += 1;
          expect(canBeOrdered(known, others)).toBe(false);
        }),
        { numRuns: draws(2000) },
      );
      expect(violated).toBeGreaterThan(draws(4));
    },
  );

  test.runIf(model.conflictAt !== undefined)(
    'a conflict that shows without a search has no order, whichever of the others took effect',
    () => {
      let shown = 0;
      const history = fc.oneof(anyHistory(subject, 6), nearlyRight(subject)).map(apart);
      fc.assert(
        fc.property(history, fc.nat(63), (operations, relaxed) => {
          const isRelaxed = (one: Operation) => isChange(one) && ((relaxed >> one.index) & 1) === 1;
          const asked = operations.map((one) =>
            isRelaxed(one) && one.type === 'ok' ? asOptional(one) : one,
          );
          for (const last of operations.filter((one) => !isRelaxed(one))) {
            const found = withOptional(model).conflictAt!(asked, last, new Set());
            if (found === undefined) continue;
            shown += 1;
            const isFound = ({ index }: Operation) => found.some((one) => one.index === index);
            expect(isFound(last)).toBe(true);
            const conflict = operations.filter(isFound);
            expect(conflict.every((one) => one.type === 'ok' && !isRelaxed(one))).toBe(true);
            const others = operations.filter((one) => isChange(one) && !isFound(one));
            expect(canBeOrdered(conflict, others)).toBe(false);
          }
        }),
        { numRuns: draws(2000) },
      );
      expect(shown).toBeGreaterThan(draws(40));
    },
  );
});
