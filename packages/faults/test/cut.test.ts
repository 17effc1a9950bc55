/** The ways to cut: silently, with an error, and for new conversations only. */
import { describe, expect, test } from 'vitest';
import { decide, type RuleSet } from '../src/index.ts';
import { message, ruleSet } from './helpers/messages.ts';

const outcome = (rules: RuleSet, src: string, dest: string, what = {}, nowMs = 0): string =>
  decide(rules.edge(src, dest), { ...message, ...what }, nowMs)?.[0]?.outcome ?? 'deliver';

test('a cut that refuses names the link that is cut', () => {
  const rules = ruleSet(1, { kind: 'cut', links: 'n1>n2', settings: { refuse: true } });
  const [copy] = decide(rules.edge('n1', 'n2'), message, 0)!;
  expect(copy).toEqual({
    outcome: 'refused',
    delayMs: 0,
    keepOrder: false,
    rules: ['r1'],
    reason: 'the link n1>n2 is cut',
  });
  expect(rules.edge('n1', 'n2').cutsInFlight(message, 0)).toBe('r1');
});

describe('a cut with established', () => {
  const cut = { kind: 'cut', links: '*', settings: { established: true } };
  const idle = { kind: 'cut', links: '*', settings: { established: true, idle: '10s' } };
  /** n1 and n2 have talked, n1 and n3 have not. */
  const talked = (spec: object) => {
    const rules = ruleSet(1);
    outcome(rules, 'n2', 'n1');
    rules.edge('n1', 'n3');
    rules.add(spec, { nowMs: 0 });
    return rules;
  };

  test('keeps conversations from before the rule flowing, in both directions', () => {
    const rules = talked(cut);
    expect(outcome(rules, 'n1', 'n2')).toBe('deliver');
    expect(outcome(rules, 'n2', 'n1')).toBe('deliver');
  });

  test('cuts new conversations, whichever side begins and however often', () => {
    const rules = talked(cut);
    for (let i = 0; i < 3; i++) {
      expect(outcome(rules, 'n1', 'n3')).toBe('cut');
      expect(outcome(rules, 'n3', 'n1')).toBe('cut');
      expect(outcome(rules, 'n4', 'n5')).toBe('cut');
    }
  });

  test('lets all replies pass', () => {
    expect(outcome(talked(cut), 'n3', 'n1', { isReply: true })).toBe('deliver');
  });

  test('ends a conversation when one side restarts', () => {
    const rules = talked(cut);
    rules.restarted('n3');
    expect(outcome(rules, 'n1', 'n2')).toBe('deliver');
    rules.restarted('n2');
    expect(outcome(rules, 'n1', 'n2')).toBe('cut');
    expect(outcome(rules, 'n2', 'n1')).toBe('cut');
  });

  test('ends a conversation for good if it pauses for too long', () => {
    const rules = talked(idle);
    const at = (seconds: number, src = 'n1', dest = 'n2') =>
      outcome(rules, src, dest, {}, seconds * 1000);
    expect([at(0), at(9), at(19, 'n2', 'n1'), at(29)]).toEqual(Array(4).fill('deliver'));
    expect([at(39.1), at(39.2), at(39.3, 'n2', 'n1')]).toEqual(['cut', 'cut', 'cut']);
  });

  test('cuts messages in flight only if they belong to no conversation', () => {
    const rules = talked(cut);
    const late = (dest: string, what = {}) =>
      rules.edge('n1', dest).cutsInFlight({ ...message, ...what }, 0);
    expect(late('n2')).toBeNull();
    expect(late('n3')).toBe('r1');
    expect(late('n3', { isReply: true })).toBeNull();
  });
});

test('a reset lets nothing pass, not even messages in flight, and leaves the outcome open', () => {
  const edge = ruleSet(1, { kind: 'reset', links: 'n1>n2' }).edge('n1', 'n2');
  for (const isReply of [false, true]) {
    const [copy] = decide(edge, { ...message, isReply }, 0)!;
    expect(copy).toMatchObject({ outcome: 'refused', isReset: true, rules: ['r1'] });
  }
  expect(edge.cutsInFlight(message, 0)).toBe('r1');
});
