/** "Why?": the account of a decision is the decision, and says what it was made of. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draws } from '../../../test/helpers/draws.ts';
import { account, decide } from '../src/index.ts';
import { anyMessages, anySpecs } from './helpers/arbitraries.ts';
import { message, ruleSet, tryRuleSet } from './helpers/messages.ts';

const links = 'n1>n2';
const looksAt = (specs: object[], what: object = {}, before = 0) => {
  const edge = ruleSet(1, ...specs).edge('n1', 'n2');
  for (let i = 0; i < before; i++) decide(edge, message, 0);
  return account(edge, { ...message, ...what }, 0).looks;
};

describe('an account', () => {
  test('decides as a decision does, message by message, whatever the rules', () => {
    fc.assert(
      fc.property(fc.nat(), anySpecs, anyMessages, (seed, specs, messages) => {
        const decided = tryRuleSet(seed, specs).edge('n1', 'n2');
        const accounted = tryRuleSet(seed, specs).edge('n1', 'n2');
        // Compared once a run: an assertion costs more than a decision.
        const seen: unknown[] = [];
        const expected: unknown[] = [];
        for (const { atMs, ...what } of messages) {
          const { verdict, looks } = account(accounted, what, atMs);
          seen.push(verdict, ...looks.map(({ rule }) => rule));
          expected.push(decide(decided, what, atMs), ...decided.rules.map(({ rule }) => rule.id));
          // Who touched a copy is who is said to have done something.
          const touched = new Set(verdict?.flatMap(({ rules }) => rules) ?? []);
          const doers = looks.filter(({ deeds }) => deeds.some(({ did }) => did !== 'duplicated'));
          const untouching = doers.filter(({ rule }) => !touched.has(rule));
          const idle = [...touched].filter(
            (rule) => looks.find((look) => look.rule === rule)!.deeds.length === 0,
          );
          seen.push({ untouching, idle });
          expected.push({ untouching: [], idle: [] });
        }
        expect(seen).toEqual(expected);
      }),
      { numRuns: draws(100) },
    );
  });

  test('leaves no trace: what is decided afterwards is decided without notes', () => {
    const specs = [{ kind: 'loss', links, settings: { probability: '50%' } }];
    const edge = ruleSet(1, ...specs).edge('n1', 'n2');
    const { looks } = account(edge, message, 0);
    const before = structuredClone(looks);
    for (let i = 0; i < 10; i++) decide(edge, message, 0);
    expect(looks).toEqual(before);
  });
});

describe('a look says', () => {
  test.each([
    ['type', { type: 'vote' }, { wanted: 'vote', got: 'append' }],
    ['direction', { replies: true }, { wanted: 'a reply', got: 'no reply' }],
    ['size', { size: '>1kB' }, { wanted: '>1000B', got: '100B' }],
    ['field', { field: 'key=x' }, { wanted: 'key=x', got: 'a body that is not known' }],
    [
      'count',
      { after: 5, every: 2 },
      { wanted: 'after the first 5, only every 2nd', got: 'number 1' },
    ],
  ])('that a message was none for the rule by its %s', (by, about, { wanted, got }) => {
    const [look] = looksAt([{ kind: 'cut', links, ...about }]);
    expect(look).toMatchObject({ rule: 'r1', kind: 'cut', miss: { by, wanted, got }, deeds: [] });
  });

  test('what was in the field instead', () => {
    const spec = { kind: 'cut', links, field: 'key=x' };
    expect(looksAt([spec], { field: () => 'y' })[0]!.miss!.got).toBe('key=y');
    expect(looksAt([spec], { field: () => undefined })[0]!.miss!.got).toBe('key=nothing');
  });

  test('what was drawn, and below what it would have been hit', () => {
    const spec = { kind: 'loss', links, settings: { probability: '30%' } };
    const [lost] = looksAt([spec], {}, 1);
    const [spared] = looksAt([spec], {}, 2);
    for (const look of [lost!, spared!]) {
      const [draw] = look.draws;
      expect(look.draws).toHaveLength(1);
      expect(draw).toMatchObject({ copy: 0, below: 0.3 });
      expect(look.deeds).toEqual(draw!.value < 0.3 ? [{ copy: 0, did: 'lost' }] : []);
    }
    expect(looksAt([spec], {}, 6)[0]).toMatchObject({ nth: 7 });
  });

  test('that a message was not chosen, and what was drawn for that', () => {
    const spec = { kind: 'cut', links, probability: 1e-9 };
    const [look] = looksAt([spec]);
    expect(look).toMatchObject({ miss: { by: 'probability' }, draws: [{ below: 1e-9 }] });
  });

  test('what was done to which copy', () => {
    const looks = looksAt([
      { kind: 'duplicate', links, settings: { probability: 1, spacing: '5ms' } },
      { kind: 'delay', links, settings: { delay: '10ms' } },
    ]);
    expect(looks.map(({ deeds }) => deeds)).toEqual([
      [{ copy: 0, did: 'duplicated', copies: 1, ms: 5 }],
      [
        { copy: 0, did: 'delayed', ms: 10 },
        { copy: 1, did: 'delayed', ms: 10 },
      ],
    ]);
  });

  test('nothing of a rule that had no copy left to act on', () => {
    const looks = looksAt([
      { kind: 'cut', links },
      { kind: 'delay', links, settings: { delay: '10ms' } },
    ]);
    expect(looks[1]).toMatchObject({ kind: 'delay', miss: null, nth: 1, draws: [], deeds: [] });
  });
});

describe('a report', () => {
  test('counts the messages that a rule looked at, matched and hit, and its copies', () => {
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
