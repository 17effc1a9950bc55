import type { ClusterOptionsOf } from '@faultline/actions';
import { expect, test } from 'vitest';
import { geographyInForce, geographyLabel, placeZones } from '../../src/rules/geography.ts';
import { RuleList } from '../../src/rules/rule-list.ts';
import { contextOf, namesOf } from '../helpers/selectors.ts';

const context = contextOf(namesOf(5), { leader: 'n4' });
const pairs = (geography: ClusterOptionsOf<'geography'>): string[] =>
  placeZones(geography, context).pairs.map(
    ({ zones, nodes, is }) => `${zones} ${nodes.join(' ')} ${is}`,
  );

test('links within a zone get the profile of a data center, and links between zones that of an ocean', () => {
  expect(pairs({ zones: 'eu: n1,n2 | us: n3,n4 | ap: n5' })).toEqual([
    'eu,eu n1,n2 n1,n2 same-dc',
    'eu,us n1,n2 n3,n4 intercontinental',
    'eu,ap n1,n2 n5 intercontinental',
    'us,us n3,n4 n3,n4 same-dc',
    'us,ap n3,n4 n5 intercontinental',
  ]);
});

test('a setting for two zones overrides the setting for all', () => {
  const between = [
    { zones: 'us, eu', is: '90ms' },
    { zones: 'us,us', is: 'same-rack' },
  ];
  const zones = 'eu: leader | us: rest';
  expect(pairs({ zones, between, across: 'satellite', within: 'same-region' })).toEqual([
    'eu,us n4 n1,n2,n3,n5 90ms',
    'us,us n1,n2,n3,n5 n1,n2,n3,n5 same-rack',
  ]);
  expect(placeZones({ zones, between }, context).rules[0]).toEqual({
    kind: 'delay',
    settings: { delay: '90ms', keepOrder: true },
    links: 'n4<>n1,n2,n3,n5',
  });
});

test('every rule of a geography lasts for the given duration', () => {
  const { rules } = placeZones({ zones: 'a: n1 | b: n2', for: '10s' }, context);
  expect(rules.length).toBeGreaterThan(0);
  for (const rule of rules) expect(rule.for).toBe('10s');
});

test('a geography replaces an earlier one, draws alike, and can be removed alone', () => {
  const list = new RuleList();
  const place = (zones: string) =>
    list.replace(geographyLabel, placeZones({ zones }, context).rules, context, 0);
  list.add([{ kind: 'cut', links: 'n1>n5', settings: {} }], context, 0);
  const first = place('a: n1,n2 | b: n3').added;
  const second = place('a: n1 | b: n3');
  expect(second.removed.map(({ id }) => id)).toEqual(first.map(({ id }) => id));
  expect(second.added.every(({ label }) => label === geographyLabel)).toBe(true);
  expect(list.replace(geographyLabel, [], context, 0).removed).toHaveLength(second.added.length);
  expect(list.status(0).map(({ spec }) => spec.kind)).toEqual(['cut']);
});

test('a pair of a geography is in force while it has a rule left', () => {
  const list = new RuleList();
  const { pairs, rules, rulesOf } = placeZones(
    { zones: 'a: n1,n2 | b: n3', across: 'satellite', for: '10s' },
    context,
  );
  const ids = list.replace(geographyLabel, rules, context, 0).added.map(({ id }) => id);
  const inForce = () => {
    const { pairs: left, endsInMs } = geographyInForce(
      [{ pairs, rulesOf, ids }],
      list.status(4000),
    );
    return [left.map(({ is }) => is), endsInMs];
  };
  expect(inForce()).toEqual([['same-dc', 'satellite'], 6000]);
  list.remove(ids.at(-1)!);
  expect(inForce()).toEqual([['same-dc', 'satellite'], 6000]);
  list.remove(...ids.slice(rulesOf[0], -1));
  expect(inForce()).toEqual([['same-dc'], 6000]);
  list.clear();
  list.add([{ kind: 'cut', links: 'n1>n5', settings: {} }], context, 0);
  expect(inForce()).toEqual([[], null]);
});

test('a geography replaces, and `clear` removes, only those of the same owner', () => {
  const list = new RuleList();
  const place = (owner?: string) => {
    const zoned = {
      zones: 'a: n1 | b: n3',
      across: '9ms',
      ...(owner === undefined ? {} : { owner }),
    };
    const { pairs, rules, rulesOf } = placeZones(zoned, context);
    const change = list.replace(geographyLabel, rules, context, 0, owner);
    const ids = change.added.map(({ id }) => id);
    return { removed: change.removed.length, placed: { pairs, rulesOf, ids } };
  };
  const mine = place();
  const first = place('ops');
  const second = place('ops');
  expect([mine.removed, first.removed, second.removed]).toEqual([0, 0, 1]);
  const owners = () =>
    geographyInForce([mine.placed, second.placed], list.status(0)).pairs.map(({ owner }) => owner);
  expect(owners()).toEqual([undefined, 'ops']);
  list.add([{ kind: 'cut', links: 'n1>n5', settings: {}, owner: 'ops' }], context, 0);
  expect(list.clear('ops', geographyLabel).removed).toHaveLength(1);
  expect(owners()).toEqual([undefined]);
  expect(list.clear(null, geographyLabel).removed).toHaveLength(1);
  expect(list.status(0).map(({ spec }) => spec.kind)).toEqual(['cut']);
});

test('a profile becomes its rules, all with its name and the same match', () => {
  const list = new RuleList();
  const { added } = list.add([{ profile: 'intercontinental', links: '*', type: 'a' }], context, 0);
  expect(added.map(({ spec }) => spec.kind)).toEqual(['loss', 'delay']);
  expect(added.map(({ spec, label }) => [spec.type, label])).toEqual([
    ['a', 'intercontinental'],
    ['a', 'intercontinental'],
  ]);
});

test.each([
  ['a zone without a name', { zones: 'n1,n2 | n3' }, 'BAD_SELECTOR'],
  ['a zone without nodes', { zones: 'eu: | us: n1' }, 'BAD_SELECTOR'],
  ['a zone twice', { zones: 'eu: n1 | eu: n2' }, 'BAD_SELECTOR'],
  ['a node in two zones', { zones: 'eu: n1 | us: n1,n2' }, 'BAD_SELECTOR'],
  ['a node that is not there', { zones: 'eu: n9' }, 'NODE_UNKNOWN'],
  ['nothing', { zones: '' }, 'BAD_SELECTOR'],
  [
    'a pair of three',
    { zones: 'a: n1 | b: n2', between: [{ zones: 'a,b,c', is: '1ms' }] },
    'BAD_SELECTOR',
  ],
  [
    'a pair with a zone that is none',
    { zones: 'a: n1 | b: n2', between: [{ zones: 'a,c', is: '1ms' }] },
    'BAD_SELECTOR',
  ],
  ['a network that is none', { zones: 'a: n1 | b: n2', across: 'sattelite' }, 'BAD_RULE'],
])('%s is refused', (_, geography, code) => {
  expect(() => placeZones(geography, context)).toThrow(expect.objectContaining({ code }));
});

test('a profile together with a kind, and an invalid delay, are refused, and nothing changes', () => {
  const list = new RuleList();
  const both = { profile: 'dsl', kind: 'cut', links: '*' };
  expect(() => list.add([both], context, 0)).toThrow(/a kind or a profile/);
  const { rules } = placeZones({ zones: 'a: n1 | b: n2', across: '90' }, context);
  expect(() => list.replace(geographyLabel, rules, context, 0)).toThrow(/expected/);
  expect(list.status(0)).toEqual([]);
});
