/**
 * The promise of counter-based randomness: what a rule does to the n-th message of an edge depends only on
 * the seed, the rule, the edge and n, and not on time, other edges or other rules.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draws } from '../../../test/helpers/draws.ts';
import {
  account,
  type DrawSeen,
  decide,
  type Effect,
  RuleSet,
  ruleKinds,
  type Verdict,
} from '../src/index.ts';
import { anyMessages, anySpec, anySpecs, kindsCovered } from './helpers/arbitraries.ts';
import { message, ruleSet, send, tryRuleSet } from './helpers/messages.ts';

const links = 'n1>n2';
const probability = fc.constantFrom('10%', '50%', '90%');
const counts = fc.record(
  {
    first: fc.integer({ min: 1, max: 20 }),
    after: fc.nat(5),
    every: fc.integer({ min: 1, max: 3 }),
  },
  { requiredKeys: [] },
);
/** Rules that let every copy be delivered, so that all other rules act on it. */
const harmless = fc
  .oneof(
    fc.record({
      kind: fc.constant('duplicate'),
      settings: fc.record({ probability, copies: fc.constantFrom(1, 2) }),
    }),
    fc.record({
      kind: fc.constant('delay'),
      settings: fc.record({ delay: fc.constantFrom('5ms', '1ms..9ms', 'exp 5ms') }),
    }),
  )
  .chain((spec) => counts.map((extra) => ({ ...spec, ...extra, links })));
const someSpec = fc.oneof(
  harmless,
  fc.record({
    kind: fc.constant('loss'),
    links: fc.constant(links),
    settings: fc.record({ probability }),
  }),
  fc.record({
    kind: fc.constantFrom('cut', 'hold'),
    links: fc.constant(links),
    every: fc.constantFrom(2, 5),
  }),
);
const seed = fc.nat();

/** The delay that one rule gave the original of each message: the total minus the sum without the rule. */
const originalDelays = (verdicts: readonly Verdict[]) =>
  verdicts.map((verdict) => verdict?.[0]?.delayMs ?? 0);

describe('decisions', () => {
  test('are the same for the same seed, rules and messages', () => {
    fc.assert(
      fc.property(seed, fc.array(someSpec, { maxLength: 5 }), (s, specs) => {
        const one = send(ruleSet(s, ...specs).edge('n1', 'n2'), 40);
        const two = send(ruleSet(s, ...specs).edge('n1', 'n2'), 40);
        expect(two).toEqual(one);
        expect(send(ruleSet(String(s), ...specs).edge('n1', 'n2'), 40)).toEqual(one);
      }),
    );
  });

  test('differ for another seed and on another edge', () => {
    const spec = { kind: 'loss', links: '*', settings: { probability: '50%' } };
    const rules = ruleSet(1, spec);
    const here = send(rules.edge('n1', 'n2'), 100);
    expect(send(rules.edge('n2', 'n1'), 100)).not.toEqual(here);
    expect(send(rules.edge('n1', 'n3'), 100)).not.toEqual(here);
    expect(send(ruleSet(2, spec).edge('n1', 'n2'), 100)).not.toEqual(here);
  });

  test('do not depend on how messages of several edges interleave', () => {
    const spec = { kind: 'loss', links: '*', settings: { probability: '50%' } };
    const names = ['n2', 'n3', 'n4'];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...names), { maxLength: 60 }), (order) => {
        const mixed = ruleSet(7, spec);
        const seen = new Map(names.map((name) => [name, [] as Verdict[]]));
        for (const name of order) seen.get(name)!.push(...send(mixed.edge('n1', name), 1));
        const alone = ruleSet(7, spec);
        for (const [name, verdicts] of seen) {
          expect(send(alone.edge('n1', name), verdicts.length)).toEqual(verdicts);
        }
      }),
    );
  });

  test('of a rule do not change when other rules are added or removed', () => {
    const watched = { kind: 'loss', links, settings: { probability: '50%' } };
    const isLostBy = (verdict: Verdict) =>
      verdict?.[0]?.outcome === 'lost' && verdict[0].rules.at(-1) === 'watched';
    const change = fc.oneof(
      fc.record({
        add: fc.oneof(
          harmless,
          harmless.map((spec) => ({ ...spec, type: 'append' })),
        ),
      }),
      fc.record({ remove: fc.nat(10) }),
      fc.record({ send: fc.integer({ min: 1, max: 20 }) }),
    );
    fc.assert(
      fc.property(seed, fc.array(change, { maxLength: 15 }), (s, changes) => {
        const rules = new RuleSet(s);
        const edge = rules.edge('n1', 'n2');
        rules.add(watched, { id: 'watched', nowMs: 0 });
        const lost: boolean[] = [];
        for (const what of changes) {
          if ('add' in what) rules.add(what.add, { nowMs: 0 });
          else if ('send' in what) lost.push(...send(edge, what.send).map(isLostBy));
          else {
            const others = rules.list().filter(({ id }) => id !== 'watched');
            const other = others[what.remove];
            if (other !== undefined) rules.remove(other.id);
          }
        }
        const alone = new RuleSet(s);
        alone.add(watched, { id: 'watched', nowMs: 0 });
        expect(lost).toEqual(send(alone.edge('n1', 'n2'), lost.length).map(isLostBy));
      }),
    );
  });

  test('of rules add up: the delay of two is the sum of the delays of each', () => {
    const delay = (text: string) => ({ kind: 'delay', links, settings: { delay: text } });
    const one = originalDelays(send(ruleSet(3, delay('1ms..9ms')).edge('n1', 'n2'), 100));
    const two = originalDelays(send(ruleSet(3, delay('exp 5ms')).edge('n1', 'n2'), 100));
    const both = originalDelays(
      send(ruleSet(3, delay('exp 5ms'), delay('1ms..9ms')).edge('n1', 'n2'), 100),
    );
    both.forEach((ms, i) => void expect(ms).toBeCloseTo(one[i]! + two[i]!, 9));
  });

  test('about a copy do not depend on copies that other rules make', () => {
    const mine = { kind: 'duplicate', links, settings: { probability: '60%', copies: 2 } };
    const delay = { kind: 'delay', links, settings: { delay: '1ms..9ms' } };
    fc.assert(
      fc.property(seed, fc.array(harmless, { maxLength: 4 }), fc.boolean(), (s, others, isLast) => {
        const duplicates = others.filter(({ kind }) => kind === 'duplicate');
        const crowd = new RuleSet(s);
        const addMine = () => crowd.add(mine, { id: 'mine', nowMs: 0 });
        if (!isLast) addMine();
        for (const other of duplicates) crowd.add(other, { nowMs: 0 });
        if (isLast) addMine();
        crowd.add(delay, { id: 'delay', nowMs: 0 });
        const alone = new RuleSet(s);
        alone.add(mine, { id: 'mine', nowMs: 0 });
        alone.add(delay, { id: 'delay', nowMs: 0 });

        const madeByMine = (verdict: Verdict) =>
          verdict!.filter(({ rules }) => rules.every((id) => id === 'mine' || id === 'delay'));
        const inCrowd = send(crowd.edge('n1', 'n2'), 20).map(madeByMine);
        expect(inCrowd).toEqual(send(alone.edge('n1', 'n2'), 20).map(madeByMine));
      }),
    );
  });
});

describe('rules of every kind', () => {
  test('are all tested here', () => {
    expect(kindsCovered).toEqual([...ruleKinds.keys()]);
  });

  test('decide the same, byte for byte, for the same seed and traffic', () => {
    fc.assert(
      fc.property(seed, anySpecs, anyMessages, (s, specs, messages) => {
        const decisions = () => {
          const edge = tryRuleSet(s, specs).edge('n1', 'n2');
          return JSON.stringify(messages.map(({ atMs, ...what }) => decide(edge, what, atMs)));
        };
        expect(decisions()).toBe(decisions());
      }),
      { numRuns: draws(100) },
    );
  });

  test('match, draw and act the same when another rule is added', () => {
    const isPlain = ({ did, copy }: Effect) => copy === 0 && did !== 'sent at once';
    fc.assert(
      fc.property(seed, anySpecs, anySpec, anyMessages, (s, specs, added, messages) => {
        const without = tryRuleSet(s, specs).edge('n1', 'n2');
        const rules = tryRuleSet(s, specs);
        fc.pre(!specs.some((spec) => JSON.stringify(spec) === JSON.stringify(added)));
        try {
          rules.add(added, { id: 'added', nowMs: 0 });
        } catch {
          // A reordering where no delay is.
          return;
        }
        const withIt = rules.edge('n1', 'n2');
        const ofMessage = ({ copy }: DrawSeen) => copy === null;
        // Compared once a run: an assertion costs more than a decision.
        const seen: unknown[] = [];
        const expected: unknown[] = [];
        for (const { atMs, ...what } of messages) {
          const before = account(without, what, atMs);
          const after = account(withIt, what, atMs);
          const others = after.explanations.filter(({ rule }) => rule !== 'added');
          for (const [i, explanation] of others.entries()) {
            const was = before.explanations[i]!;
            // Where the added rule has ended the original before, there was nothing left to act on.
            const ended = after.verdict?.[0]?.rules.at(-1) === 'added';
            const [effects, effectsBefore] = [
              explanation.effects.filter(isPlain),
              was.effects.filter(isPlain),
            ];
            const isOver = ended && effects.length === 0;
            seen.push([
              explanation.rule,
              explanation.miss,
              explanation.nth,
              explanation.draws.filter(ofMessage),
              effects,
            ]);
            expected.push([
              ...[was.rule, was.miss, was.nth, was.draws.filter(ofMessage)],
              isOver ? [] : effectsBefore,
            ]);
          }
        }
        expect(seen).toEqual(expected);
      }),
      { numRuns: draws(200) },
    );
  });
});

describe('what a rule draws', () => {
  const lossOf = (spec: object, n = 200) =>
    send(ruleSet(1, spec).edge('n1', 'n2'), n).map((v) => v === null);
  const loss = { kind: 'loss', links, settings: { probability: '50%' } };

  test.each([
    ['its lifetime', { ...loss, for: '1h' }],
    ['how its probability is written', { ...loss, settings: { probability: 0.5 } }],
    ['how its links are written', { ...loss, links: ' n2< n1' }],
    ['the order of its properties', { settings: { probability: '50%' }, links, kind: 'loss' }],
  ])('does not depend on %s', (_, same) => {
    expect(lossOf(same)).toEqual(lossOf(loss));
  });

  test.each([
    ['links', { ...loss, links: '*' }],
    ['type', { ...loss, type: 'append' }],
    ['replies', { ...loss, replies: false }],
    ['after', { ...loss, after: 0 }],
    ['every', { ...loss, every: 1 }],
    ['first', { ...loss, first: 1000 }],
    ['settings', { ...loss, settings: { probability: '50.1%' } }],
  ])('depends on its %s', (_, other) => {
    expect(lossOf(other)).not.toEqual(lossOf(loss));
  });

  test('does not depend on its id', () => {
    const rules = new RuleSet(1);
    rules.add(loss, { id: 'whatever', nowMs: 0 });
    expect(send(rules.edge('n1', 'n2'), 200).map((v) => v === null)).toEqual(lossOf(loss));
  });

  test('differs between two identical rules', () => {
    const rules = ruleSet(1, loss, loss, loss);
    const lostBy = (id: string) => (verdict: Verdict) => verdict?.[0]?.rules.at(-1) === id;
    const verdicts = send(rules.edge('n1', 'n2'), 400);
    // Independent halves: about 200, 100 and 50.
    expect(verdicts.filter(lostBy('r1')).length).toBeGreaterThan(130);
    expect(verdicts.filter(lostBy('r2')).length).toBeGreaterThan(50);
    expect(verdicts.filter(lostBy('r3')).length).toBeGreaterThan(15);
  });

  test('does not change when its twin is removed, and a new twin takes the free place', () => {
    const twins = () => ruleSet(1, loss, loss);
    const lost = (rules: RuleSet) => send(rules.edge('n1', 'n2'), 200).map((v) => v === null);
    const second = twins();
    second.remove('r1');
    const secondLost = lost(second);
    expect(secondLost).not.toEqual(lossOf(loss));

    const renewed = twins();
    renewed.remove('r1');
    renewed.add(loss, { nowMs: 0 });
    renewed.remove('r2');
    expect(lost(renewed)).toEqual(lossOf(loss));
  });

  test('an edge counts messages that no rule matches', () => {
    const late = new RuleSet(1);
    const edge = late.edge('n1', 'n2');
    send(edge, 50);
    expect(edge.ordinal).toBe(50);
    late.add(loss, { nowMs: 0 });
    expect(send(edge, 100).map((v) => v === null)).toEqual(lossOf(loss, 150).slice(50));
  });

  test('a rule that selects by type gives the same fates at the same ordinals', () => {
    const votes = { ...loss, type: 'vote' };
    const alone = ruleSet(1, votes).edge('n1', 'n2');
    const kinds = Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? 'vote' : 'append'));
    const mixed = kinds.map((type) => send(alone, 1, { type })[0]);
    const all = send(ruleSet(1, votes).edge('n1', 'n2'), 60, { ...message, type: 'vote' });
    expect(mixed).toEqual(all.map((verdict, i) => (i % 3 === 0 ? verdict : null)));
  });
});
