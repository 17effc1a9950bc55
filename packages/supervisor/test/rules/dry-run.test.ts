import { decide, RuleSet } from '@faultline/faults';
import type { FateEvent } from '@faultline/protocol';
import { expect, test } from 'vitest';
import { rehearse } from '../../src/rules/dry-run.ts';
import { RuleList } from '../../src/rules/rule-list.ts';
import { contextOf, namesOf } from '../helpers/selectors.ts';

const context = contextOf(namesOf(3));

/** The recording of messages that no rule affected. */
const recorded = (count: number, from = 1, more: Partial<FateEvent> = {}): FateEvent[] =>
  Array.from({ length: count }, (_, i): FateEvent => {
    const ordinal = from + i;
    return {
      kind: 'fate',
      id: `n1.1.${ordinal}`,
      src: 'n1',
      dest: 'n2',
      type: ordinal % 2 === 0 ? 'even' : 'odd',
      isReply: false,
      incarnation: 1,
      seq: ordinal,
      copy: 0,
      fate: 'delivered',
      rules: [],
      ordinal,
      bodyBytes: 100,
      arrivedMs: ordinal,
      atMs: ordinal,
      ...more,
    };
  });

const loss = { kind: 'loss', links: 'n1>n2', settings: { probability: '30%' } };

test('a dry run reports for each message what would have happened to it', () => {
  const live = new RuleSet('seed');
  live.add(loss, { nowMs: 0 });
  const edge = live.edge('n1', 'n2');
  const message = { type: 'odd', isReply: false, bodyBytes: 100 };
  const lost = Array.from({ length: 500 }, (_, i) => (decide(edge, message, i) ? i + 1 : 0));
  // The recording has only the later half, identified by its numbers.
  const { rules, added } = new RuleList().rehearse('seed', [loss], context, 0);
  const tried = new Set(added.map(({ id }) => id));
  const { messages, hit, looked, outcomes } = rehearse(recorded(250, 251), rules, tried, 1000);
  const expected = lost.filter((ordinal) => ordinal > 250).map((ordinal) => `n1.1.${ordinal}`);
  expect({ looked, hit, outcomes }).toEqual({
    looked: 250,
    hit: expected.length,
    outcomes: { lost: expected.length },
  });
  expect(messages.map(({ id }) => id)).toEqual(expected.slice(-20));
});

test('a dry run counts each message once, whatever became of its copies, and skips refused ones', () => {
  const [first] = recorded(1);
  const fates: FateEvent[] = [
    { ...first!, fate: 'waiting' },
    { ...first!, copy: 1 },
    first!,
    { ...first!, id: 'n1.1.9', ordinal: 0, fate: 'refused' },
  ];
  const { rules, added } = new RuleList().rehearse(
    'seed',
    [{ kind: 'hold', links: '*', settings: {} }],
    context,
    0,
  );
  const tried = new Set(added.map(({ id }) => id));
  expect(rehearse(fates, rules, tried, 1000)).toMatchObject({
    looked: 1,
    outcomes: { held: 1 },
    messages: [{ id: 'n1.1.1', was: 'delivered', copies: [{ outcome: 'held' }] }],
  });
});

test('a dry run applies the rules in force without reporting them, and installs nothing', () => {
  const list = new RuleList();
  list.add([{ kind: 'cut', links: 'n1>n2', type: 'even', settings: {} }], context, 0);
  const before = list.status(0);
  const hold = { kind: 'hold', links: 'n1>n2', settings: {} };
  const { rules, added } = list.rehearse('seed', [hold], context, 0);
  const tried = new Set(added.map(({ id }) => id));
  const { outcomes } = rehearse(recorded(10), rules, tried, 1000);
  expect(outcomes).toEqual({ held: 5 });
  expect(list.status(0)).toEqual(before);
});

test('a rule about a field matches where the body is recorded', () => {
  const { rules, added } = new RuleList().rehearse(
    'seed',
    [{ ...loss, field: 'key=x', settings: { probability: 1 } }],
    context,
    0,
  );
  const tried = new Set(added.map(({ id }) => id));
  const fates = [
    ...recorded(1, 1, { body: '{"type":"odd","key":"x"}' }),
    ...recorded(1, 2, { body: '{"type":"odd","key":"x', bodyCut: true }),
    ...recorded(1, 3),
  ];
  expect(rehearse(fates, rules, tried, 1000)).toMatchObject({ hit: 1, bodiesUnknown: 2 });
});
