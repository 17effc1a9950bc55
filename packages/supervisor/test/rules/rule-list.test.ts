import { expect, test, vi } from 'vitest';
import { RuleList } from '../../src/rules/rule-list.ts';
import { contextOf, namesOf } from '../helpers/selectors.ts';

const context = contextOf(namesOf(5));
const loss = (links: string) => ({ kind: 'loss', links, settings: { probability: '5%' } });
const delay = (links: string) => ({ kind: 'delay', links, settings: { delay: '5ms' } });

const linksOf = (list: RuleList): unknown[] => list.status(0).map(({ spec }) => spec.links);

test('rules are added together, each with its own id, and sent to the router', () => {
  const list = new RuleList();
  const { added, removed } = list.add([loss('n1>n2'), delay('n1>n2')], context, 0);
  expect(removed).toEqual([]);
  expect(new Set(added.map(({ id }) => id)).size).toBe(2);
  expect(list.forRouter().map(({ id }) => id)).toEqual(added.map(({ id }) => id));
});

test.each([
  ['a setting that is none', { ...loss('n1>n2'), settings: { probability: '500%' } }, 'BAD_RULE'],
  ['a kind that there is not', { ...loss('n1>n2'), kind: 'earthquake' }, 'BAD_RULE'],
  ['a node that is not there', loss('n1>n9'), 'NODE_UNKNOWN'],
  ['links that cannot be read', loss('n1->n2'), 'BAD_SELECTOR'],
  ['links that are no text', { ...loss(''), links: 7 }, 'BAD_RULE'],
  ['no links', { kind: 'cut', settings: {} }, 'BAD_RULE'],
])('if one of them has %s, none is added', (_, bad, code) => {
  const list = new RuleList();
  list.add([delay('n4>n5')], context, 0);
  const before = list.forRouter();
  expect(() => list.add([loss('n1>n2'), bad, delay('n1>n2')], context, 0)).toThrow(
    expect.objectContaining({ code }),
  );
  expect(list.forRouter()).toEqual(before);
});

test('a client can be named before it calls for the first time', () => {
  const list = new RuleList();
  const withClient = contextOf(namesOf(2), { clients: ['c1'] });
  list.add([loss('c3>n1'), loss('n2>c1,c7'), loss('c9999>n1')], withClient, 0);
  expect(linksOf(list)).toEqual(['c3>n1', 'n2>c1,c7', 'c9999>n1']);
  expect(() => list.add([loss('c10000>n1')], withClient, 0)).toThrow('there is no c10000');
  expect(() => list.add([loss('c0>n1')], withClient, 0)).toThrow('there is no c0');
});

test('selectors become names before they are sent to the router', () => {
  const list = new RuleList();
  const leader = contextOf(namesOf(5), { leader: 'n4' });
  list.add([loss('leader>n1-n3'), loss('minority<>majority'), loss('random:1>*')], leader, 0);
  expect(linksOf(list)).toEqual(['n4>n1,n2,n3', 'n4,n5<>n1,n2,n3', 'n1>*']);
});

test('the leader is resolved once, and a rule does not follow it', () => {
  const list = new RuleList();
  list.add([loss('leader>n1')], contextOf(namesOf(5), { leader: 'n4' }), 0);
  list.add([loss('leader>n1')], contextOf(namesOf(5), { leader: 'n5' }), 0);
  expect(linksOf(list)).toEqual(['n4>n1', 'n5>n1']);
});

test('a partition replaces an earlier one, and other rules stay', () => {
  const list = new RuleList();
  const [other] = list.add([{ kind: 'cut', links: 'n1>n5', settings: {} }], context, 0).added;
  const first = list.partition({ isolate: 'n1' }, context, 0).added[0]!;
  const change = list.partition({ groups: 'n1,n2 | rest' }, context, 0);
  expect(change.removed.map(({ id }) => id)).toEqual([first.id]);
  expect(list.forRouter().map(({ id }) => id)).toEqual([other!.id, change.added[0]!.id]);
  expect(list.status(0).map(({ label }) => label)).toEqual([null, 'partition']);
});

test('partitions of two owners are in force at once, and each owner replaces and heals its own', () => {
  const list = new RuleList();
  list.partition({ groups: 'n1 | rest', owner: 'ops' }, context, 0);
  list.partition({ groups: 'n2 | rest', owner: 'dev' }, context, 0);
  list.partition({ groups: 'n3 | rest' }, context, 0);
  const change = list.partition({ groups: 'n4 | rest', owner: 'ops' }, context, 0);
  expect(change.removed.map(({ spec }) => spec.owner)).toEqual(['ops']);
  const owners = () => list.status(0).map(({ spec }) => spec.owner);
  expect(owners()).toEqual(['dev', undefined, 'ops']);
  list.clear('ops');
  expect(owners()).toEqual(['dev', undefined]);
  list.clear('other');
  expect(owners()).toEqual(['dev', undefined]);
  list.clear();
  expect(owners()).toEqual([]);
});

test('a partition that is refused leaves the earlier one', () => {
  const list = new RuleList();
  list.partition({ isolate: 'n1' }, context, 0);
  const before = list.status(0);
  expect(() => list.partition({ groups: 'n1 | n9' }, context, 0)).toThrow(
    expect.objectContaining({ code: 'NODE_UNKNOWN' }),
  );
  expect(() => list.partition({ isolate: 'n1', for: 'long' }, context, 0)).toThrow(
    expect.objectContaining({ code: expect.stringMatching(/BAD_/) }),
  );
  expect(list.status(0)).toEqual(before);
});

test('a removed rule is gone, and a missing one cannot be removed', () => {
  const list = new RuleList();
  const [first, second] = list.add([loss('n1>n2'), delay('n1>n2')], context, 0).added;
  expect(list.remove(first!.id)).toEqual({ added: [], removed: [first] });
  expect(list.forRouter().map(({ id }) => id)).toEqual([second!.id]);
  expect(() => list.remove(first!.id)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
});

test('heal removes all rules, and no id is used again', () => {
  const list = new RuleList();
  const before = list.add([loss('n1>n2'), delay('n1>n2')], context, 0).added;
  list.partition({ ring: true }, context, 0);
  expect(list.clear().removed).toHaveLength(3);
  expect(list.status(0)).toEqual([]);
  // The recording names rules by their ids: one id, one rule.
  const after = list.add([loss('n1>n2')], context, 0).added[0]!;
  expect(before.map(({ id }) => id)).not.toContain(after.id);
});

test('a rule expires when its time is over, and not a moment earlier', () => {
  const list = new RuleList();
  list.add([loss('n1>n2')], context, 1000);
  expect(list.nextExpiryMs).toBeNull();
  const { added } = list.partition({ isolate: 'n1', for: '2s' }, context, 1000);
  const { id } = added[0]!;
  expect(list.nextExpiryMs).toBe(3000);
  expect(list.status(1500).map(({ endsInMs }) => endsInMs)).toEqual([null, 1500]);
  expect(list.expire(2999)).toEqual([]);
  expect(list.expire(3000).map((rule) => rule.id)).toEqual([id]);
  expect(list.nextExpiryMs).toBeNull();
  expect(list.forRouter()).toHaveLength(1);
  // The expired rule is no longer a partition that a new one replaces.
  expect(list.partition({ isolate: 'n2' }, context, 4000).removed).toEqual([]);
});

test('a rule describes its effect with names, not selectors', () => {
  const list = new RuleList();
  list.add([loss('leader>n1')], contextOf(namesOf(5), { leader: 'n4' }), 0);
  expect(list.status(0)).toMatchObject([
    { explains: 'lose 5% of messages n4>n1', label: null, endsInMs: null },
  ]);
});

test('a selector of plain names draws nothing', () => {
  const pick = vi.fn(context.pick);
  const list = new RuleList();
  list.add([loss('n1>n2'), loss('*')], { ...context, pick }, 0);
  list.partition({ groups: 'n1 | rest' }, { ...context, pick }, 0);
  expect(pick).not.toHaveBeenCalled();
});

test('the removal of a partition is reported as such', async () => {
  const list = new RuleList();
  list.partition({ isolate: 'n1' }, context, 0);
  const { removed } = list.partition({ isolate: 'n2' }, context, 0);
  expect(removed.map(({ label }) => label)).toEqual(['partition']);
  expect(list.clear().removed.map(({ label }) => label)).toEqual(['partition']);
});

test('removing several rules removes all or, if one does not exist, none', () => {
  const list = new RuleList();
  const ids = list
    .add([loss('n1>n2'), delay('n1>n2'), loss('n2>n1')], context, 0)
    .added.map(({ id }) => id);
  const before = list.status(0);
  expect(() => list.remove(ids[0]!, 'r99')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  expect(list.status(0)).toEqual(before);
  expect(list.remove(ids[2]!, ids[0]!).removed.map(({ id }) => id)).toEqual([ids[2], ids[0]]);
  expect(list.forRouter().map(({ id }) => id)).toEqual([ids[1]]);
});

test('a change that the router rejects is undone, including labels, expiry and order', async () => {
  const list = new RuleList();
  const sent: string[][] = [];
  const accept = async (rules: readonly { id: string }[]): Promise<void> => {
    sent.push(rules.map(({ id }) => id));
  };
  const refuse = async (): Promise<void> => {
    throw new Error('no');
  };
  await list.commit(() => list.add([loss('n1>n2'), delay('n1>n2')], context, 0), accept);
  await list.commit(() => list.partition({ isolate: 'n1', for: '9s' }, context, 0), accept);
  await list.commit(() => list.add([loss('n3>n4')], context, 0), accept);
  const before = list.status(0);
  const changes = [
    () => list.add([loss('n1>n3')], context, 0),
    () => list.partition({ isolate: 'n2' }, context, 0),
    () => list.remove(before[1]!.id),
    () => list.clear(),
  ];
  for (const change of changes) {
    await expect(list.commit(change, refuse)).rejects.toThrow('no');
    expect(list.status(0)).toEqual(before);
  }
  expect(sent.at(-1)).toEqual(before.map(({ id }) => id));
});

test('changes are serialized, so undoing one does not undo the next', async () => {
  const list = new RuleList();
  const first = list.commit(
    () => list.add([loss('n1>n2')], context, 0),
    () => new Promise((_, reject) => setImmediate(() => reject(new Error('no')))),
  );
  const second = list.commit(
    () => list.add([loss('n2>n1')], context, 0),
    async () => {},
  );
  await expect(first).rejects.toThrow('no');
  await second;
  expect(linksOf(list)).toEqual(['n2>n1']);
});

test('a rule that expired while a change was being sent does not come back when it is undone', async () => {
  const list = new RuleList();
  list.add([{ ...loss('n1>n2'), for: '1s' }, loss('n3>n4')], context, 0);
  const change = list.commit(
    () => list.add([loss('n2>n1')], context, 0),
    async () => {
      list.expire(1000);
      throw new Error('no');
    },
  );
  await expect(change).rejects.toThrow('no');
  expect(linksOf(list)).toEqual(['n3>n4']);
});

test.each([
  ['*', 1],
  ['n1>*', 1],
  ['all<>all', 1],
])(
  '%s in a cluster of %i node matches no link, and is refused with the existing names',
  (links, count) => {
    const list = new RuleList();
    expect(() =>
      list.add([loss(links)], contextOf(namesOf(count), { clients: ['c1'] }), 0),
    ).toThrow(
      expect.objectContaining({
        code: 'BAD_SELECTOR',
        message: `${links} matches no link: the nodes are n1, the clients c1`,
      }),
    );
  },
);
