/** The search against the definition, for every model. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draws, drawsAll } from '../../../../test/helpers/draws.ts';
import { checkLinearizable, type Operation } from '../../src/index.ts';
import { anyHistory, rightHistory, subjects } from '../helpers/generate.ts';
import { isLinearizable, someOf } from '../helpers/oracle.ts';

const asUnknown = ({ output: _, ...one }: Operation): Operation => ({
  ...one,
  type: 'info',
  endedMs: null,
});
const verdictOf = (linearizable: boolean) => (linearizable ? 'ok' : 'violated');

describe.each(Object.entries(subjects))('%s', (_, subject) => {
  test('histories that no order explains are violated, and those that some order explains are ok', () => {
    let violated = 0;
    let right = 0;
    let undecided = 0;
    fc.assert(
      fc.property(anyHistory(subject), (operations) => {
        const linearizable = isLinearizable(operations, subject.model);
        if (linearizable) right += 1;
        else violated += 1;
        const { verdict } = checkLinearizable(operations, subject.model);
        if (verdict === 'vacuous') {
          expect(operations.every(({ type }) => type !== 'ok')).toBe(true);
          return;
        }
        const strictly = isLinearizable(operations, subject.model, 'of all');
        expect([verdictOf(linearizable), verdictOf(strictly)]).toContain(verdict);
        if (linearizable !== strictly) undecided += 1;
      }),
      { numRuns: draws(700) },
    );
    if (drawsAll) expect(violated).toBeGreaterThan(20);
    if (drawsAll) expect(right).toBeGreaterThan(20);
    // Where both are right the property says nothing.
    expect(undecided).toBeLessThan(50);
  });

  test('the answers of an object that follows the model are always accepted', () => {
    fc.assert(
      fc.property(rightHistory(subject), (operations) => {
        const { verdict, summary } = checkLinearizable(operations, subject.model);
        expect(['ok', 'vacuous'], summary).toContain(verdict);
      }),
      { numRuns: draws(100) },
    );
  });

  test('the operations of a witness have no order, and have one without the last answer', () => {
    fc.assert(
      fc.property(anyHistory(subject), (operations) => {
        const { verdict, witness } = checkLinearizable(operations, subject.model);
        if (verdict !== 'violated') return;
        const { operation, smallest, relaxed, linearizedPrefix } = witness!;
        // Which order it is: see witness-oracle.test.ts.
        const isRelaxed = ({ index }: Operation) => relaxed.includes(index);
        for (const taken of someOf(smallest.filter(isRelaxed))) {
          const some = smallest.filter((one) => !isRelaxed(one) || taken.includes(one));
          expect(isLinearizable(some, subject.model)).toBe(false);
        }
        expect(smallest).toContain(operation);
        expect(new Set(linearizedPrefix).size).toBe(linearizedPrefix.length);
        const known = operations
          .filter(({ invokedMs }) => invokedMs <= operation.endedMs!)
          .map((one) => {
            const isKnown = one.endedMs !== null && one.endedMs < operation.endedMs!;
            return isKnown || one.type === 'fail' ? one : asUnknown(one);
          })
          .filter(({ type }) => type !== 'fail');
        expect(isLinearizable(known, subject.model)).toBe(true);
      }),
      { numRuns: draws(150) },
    );
  });
});
