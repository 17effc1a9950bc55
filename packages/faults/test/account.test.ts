/** "Why?": the account of a decision is the decision itself, with explanations. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draws } from '../../../test/helpers/draws.ts';
import { account, decide } from '../src/index.ts';
import { anyMessages, anySpecs } from './helpers/arbitraries.ts';
import { message, ruleSet, tryRuleSet } from './helpers/messages.ts';

const links = 'n1>n2';
const explained = (specs: object[], what: object = {}, before = 0) => {
  const edge = ruleSet(1, ...specs).edge('n1', 'n2');
  for (let i = 0; i < before; i++) decide(edge, message, 0);
  return account(edge, { ...message, ...what }, 0).explanations;
};

describe('an account', () => {
  test('decides exactly as `decide`, message by message, for any rules', () => {
    fc.assert(
      fc.property(fc.nat(), anySpecs, anyMessages, (seed, specs, messages) => {
        const decided = tryRuleSet(seed, specs).edge('n1', 'n2');
        const accounted = tryRuleSet(seed, specs).edge('n1', 'n2');
        // Compared once a run: an assertion costs more than a decision.
        const seen: unknown[] = [];
        const expected: unknown[] = [];
        for (const { atMs, ...what } of messages) {
          const { verdict, explanations } = account(accounted, what, atMs);
          seen.push(verdict, ...explanations.map(({ rule }) => rule));
          expected.push(decide(decided, what, atMs), ...decided.rules.map(({ rule }) => rule.id));
          // Who touched a copy is who is said to have done something.
          const touched = new Set(verdict?.flatMap(({ rules }) => rules) ?? []);
          const doers = explanations.filter(({ effects }) =>
            effects.some(({ did }) => did !== 'duplicated'),
          );
          const untouching = doers.filter(({ rule }) => !touched.has(rule));
          const idle = [...touched].filter(
            (rule) =>
              explanations.find((explanation) => explanation.rule === rule)!.effects.length === 0,
          );
          seen.push({ untouching, idle });
          expected.push({ untouching: [], idle: [] });
        }
        expect(seen).toEqual(expected);
      }),
      { numRuns: draws(100) },
    );
  });

  test('does not affect later decisions', () => {
    const specs = [{ kind: 'loss', links, settings: { probability: '50%' } }];
    const edge = ruleSet(1, ...specs).edge('n1', 'n2');
    const { explanations } = account(edge, message, 0);
    const before = structuredClone(explanations);
    for (let i = 0; i < 10; i++) decide(edge, message, 0);
    expect(explanations).toEqual(before);
  });
});

describe('an explanation shows', () => {
  test.each([
    ['type', { type: 'vote' }, { wanted: 'vote', got: 'append' }],
    ['direction', { replies: true }, { wanted: 'a reply', got: 'a message that is not a reply' }],
    ['size', { size: '>1kB' }, { wanted: '>1000B', got: '100B' }],
    ['field', { field: 'key=x' }, { wanted: 'key=x', got: 'an unknown body' }],
    [
      'count',
      { after: 5, every: 2 },
      { wanted: 'after the first 5, only every 2nd', got: 'number 1' },
    ],
  ])('that a message did not match the rule by its %s', (by, about, { wanted, got }) => {
    const [explanation] = explained([{ kind: 'cut', links, ...about }]);
    expect(explanation).toMatchObject({
      rule: 'r1',
      kind: 'cut',
      miss: { by, wanted, got },
      effects: [],
    });
  });

  test('the actual value of a field', () => {
    const spec = { kind: 'cut', links, field: 'key=x' };
    expect(explained([spec], { field: () => 'y' })[0]!.miss!.got).toBe('key=y');
    expect(explained([spec], { field: () => undefined })[0]!.miss!.got).toBe('key=nothing');
  });

  test('the draw and its threshold', () => {
    const spec = { kind: 'loss', links, settings: { probability: '30%' } };
    const [lost] = explained([spec], {}, 1);
    const [spared] = explained([spec], {}, 2);
    for (const explanation of [lost!, spared!]) {
      const [draw] = explanation.draws;
      expect(explanation.draws).toHaveLength(1);
      expect(draw).toMatchObject({ copy: 0, below: 0.3 });
      expect(explanation.effects).toEqual(draw!.value < 0.3 ? [{ copy: 0, did: 'lost' }] : []);
    }
    expect(explained([spec], {}, 6)[0]).toMatchObject({ nth: 7 });
  });

  test('that a message was not selected, with the draw', () => {
    const spec = { kind: 'cut', links, probability: 1e-9 };
    const [explanation] = explained([spec]);
    expect(explanation).toMatchObject({ miss: { by: 'probability' }, draws: [{ below: 1e-9 }] });
  });

  test('the effects on each copy', () => {
    const explanations = explained([
      { kind: 'duplicate', links, settings: { probability: 1, spacing: '5ms' } },
      { kind: 'delay', links, settings: { delay: '10ms' } },
    ]);
    expect(explanations.map(({ effects }) => effects)).toEqual([
      [{ copy: 0, did: 'duplicated', copies: 1, ms: 5 }],
      [
        { copy: 0, did: 'delayed', ms: 10 },
        { copy: 1, did: 'delayed', ms: 10 },
      ],
    ]);
  });

  test('no effects of a rule without a copy left to act on', () => {
    const explanations = explained([
      { kind: 'cut', links },
      { kind: 'delay', links, settings: { delay: '10ms' } },
    ]);
    expect(explanations[1]).toMatchObject({
      kind: 'delay',
      miss: null,
      nth: 1,
      draws: [],
      effects: [],
    });
  });
});

describe('a report', () => {
  test('counts the messages that a rule saw, matched and hit, and its copies', () => {
    const rules = ruleSet(
      1,
      { kind: 'cut', links: '*', type: 'vote', every: 2 },
      { kind: 'duplicate', links, settings: { probability: 1, copies: 2 } },
    );
    const edge = rules.edge('n1', 'n2');
    for (const type of ['vote', 'vote', 'append']) decide(edge, { ...message, type }, 0);
    decide(rules.edge('n2', 'n1'), { ...message, type: 'vote' }, 0);
    expect(rules.reports()).toEqual([
      {
        rule: 'r1',
        ...{ looked: 4, matched: 3, hit: 1, copies: { cut: 1 }, sums: {} },
        edges: [
          { edge: 'n1>n2', looked: 3, matched: 2, hit: 1, copies: { cut: 1 }, sums: {} },
          { edge: 'n2>n1', looked: 1, matched: 1, hit: 0, copies: {}, sums: {} },
        ],
      },
      {
        rule: 'r2',
        ...{ looked: 3, matched: 3, hit: 2, copies: { duplicated: 4 }, sums: {} },
        edges: [
          { edge: 'n1>n2', looked: 3, matched: 3, hit: 2, copies: { duplicated: 4 }, sums: {} },
        ],
      },
    ]);
  });
});
