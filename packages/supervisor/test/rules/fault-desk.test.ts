import { expect, test, vi } from 'vitest';
import { FaultDesk } from '../../src/rules/fault-desk.ts';
import { contextOf, namesOf } from '../helpers/selectors.ts';

const context = contextOf(namesOf(5));
const loss = (links: string) => ({ kind: 'loss', links, settings: { probability: '5%' } });
const delay = (links: string) => ({ kind: 'delay', links, settings: { delay: '5ms' } });

const linksOf = (desk: FaultDesk): unknown[] => desk.status(0).map(({ spec }) => spec.links);

test('rules are added together, each with an id of its own, and told to the router', () => {
  const desk = new FaultDesk('seed');
  const { added, removed } = desk.add([loss('n1>n2'), delay('n1>n2')], context, 0);
  expect(removed).toEqual([]);
  expect(new Set(added.map(({ id }) => id)).size).toBe(2);
  expect(desk.forRouter().map(({ id }) => id)).toEqual(added.map(({ id }) => id));
});

test.each([
  ['a setting that is none', { ...loss('n1>n2'), settings: { probability: '500%' } }, 'BAD_RULE'],
  ['a kind that there is not', { ...loss('n1>n2'), kind: 'earthquake' }, 'BAD_RULE'],
  ['a node that is not there', loss('n1>n9'), 'NODE_UNKNOWN'],
  ['links that cannot be read', loss('n1->n2'), 'BAD_SELECTOR'],
  ['links that are no text', { ...loss(''), links: 7 }, 'BAD_RULE'],
  ['no links', { kind: 'cut', settings: {} }, 'BAD_RULE'],
])('where one of them has %s, none is added', (_, bad, code) => {
  const desk = new FaultDesk('seed');
  desk.add([delay('n4>n5')], context, 0);
  const before = desk.forRouter();
  expect(() => desk.add([loss('n1>n2'), bad, delay('n1>n2')], context, 0)).toThrow(
    expect.objectContaining({ code }),
  );
  expect(desk.forRouter()).toEqual(before);
});

test('a client can be named before it calls for the first time', () => {
  const desk = new FaultDesk('seed');
  const asked = contextOf(namesOf(2), { clients: ['c1'] });
  desk.add([loss('c3>n1'), loss('n2>c1,c7')], asked, 0);
  expect(linksOf(desk)).toEqual(['c3>n1', 'n2>c1,c7']);
  expect(() => desk.add([loss('c0>n1')], asked, 0)).toThrow('there is no c0');
});

test('selectors become names before the router hears of them', () => {
  const desk = new FaultDesk('seed');
  const leader = contextOf(namesOf(5), { leader: 'n4' });
  desk.add([loss('leader>n1-n3'), loss('minority<>majority'), loss('random:1>*')], leader, 0);
  expect(linksOf(desk)).toEqual(['n4>n1,n2,n3', 'n4,n5<>n1,n2,n3', 'n1>*']);
});

test('who leads is decided once: a rule does not follow the leader', () => {
  const desk = new FaultDesk('seed');
  desk.add([loss('leader>n1')], contextOf(namesOf(5), { leader: 'n4' }), 0);
  desk.add([loss('leader>n1')], contextOf(namesOf(5), { leader: 'n5' }), 0);
  expect(linksOf(desk)).toEqual(['n4>n1', 'n5>n1']);
});

test('a partition takes the place of an earlier one; other rules stay', () => {
  const desk = new FaultDesk('seed');
  const [other] = desk.add([{ kind: 'cut', links: 'n1>n5', settings: {} }], context, 0).added;
  const first = desk.partition({ isolate: 'n1' }, context, 0).added[0]!;
  const change = desk.partition({ groups: 'n1,n2 | rest' }, context, 0);
  expect(change.removed.map(({ id }) => id)).toEqual([first.id]);
  expect(desk.forRouter().map(({ id }) => id)).toEqual([other!.id, change.added[0]!.id]);
  expect(desk.status(0).map(({ label }) => label)).toEqual([null, 'partition']);
});

test('a partition that is refused leaves the earlier one', () => {
  const desk = new FaultDesk('seed');
  desk.partition({ isolate: 'n1' }, context, 0);
  const before = desk.status(0);
  expect(() => desk.partition({ groups: 'n1 | n9' }, context, 0)).toThrow(
    expect.objectContaining({ code: 'NODE_UNKNOWN' }),
  );
  expect(() => desk.partition({ isolate: 'n1', for: 'long' }, context, 0)).toThrow(
    expect.objectContaining({ code: expect.stringMatching(/BAD_/) }),
  );
  expect(desk.status(0)).toEqual(before);
});

test('a removed rule is gone; one that is not there cannot be removed', () => {
  const desk = new FaultDesk('seed');
  const [first, second] = desk.add([loss('n1>n2'), delay('n1>n2')], context, 0).added;
  expect(desk.remove(first!.id)).toEqual({ added: [], removed: [first] });
  expect(desk.forRouter().map(({ id }) => id)).toEqual([second!.id]);
  expect(() => desk.remove(first!.id)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
});

test('healing takes all away, and gives nobody an id that was used before', () => {
  const desk = new FaultDesk('seed');
  const before = desk.add([loss('n1>n2'), delay('n1>n2')], context, 0).added;
  desk.partition({ ring: true }, context, 0);
  expect(desk.clear().removed).toHaveLength(3);
  expect(desk.status(0)).toEqual([]);
  // The recording names rules by their ids: one id, one rule.
  const after = desk.add([loss('n1>n2')], context, 0).added[0]!;
  expect(before.map(({ id }) => id)).not.toContain(after.id);
});

test('a rule whose time is over goes, and not a moment earlier', () => {
  const desk = new FaultDesk('seed');
  desk.add([loss('n1>n2')], context, 1000);
  expect(desk.nextExpiryMs).toBeNull();
  const { added } = desk.partition({ isolate: 'n1', for: '2s' }, context, 1000);
  const { id } = added[0]!;
  expect(desk.nextExpiryMs).toBe(3000);
  expect(desk.status(1500).map(({ endsInMs }) => endsInMs)).toEqual([null, 1500]);
  expect(desk.expire(2999)).toEqual([]);
  expect(desk.expire(3000).map((rule) => rule.id)).toEqual([id]);
  expect(desk.nextExpiryMs).toBeNull();
  expect(desk.forRouter()).toHaveLength(1);
  // It is no partition any more that another one could take the place of.
  expect(desk.partition({ isolate: 'n2' }, context, 4000).removed).toEqual([]);
});

test('a rule says what it does, with names and not with selectors', () => {
  const desk = new FaultDesk('seed');
  desk.add([loss('leader>n1')], contextOf(namesOf(5), { leader: 'n4' }), 0);
  expect(desk.status(0)).toMatchObject([
    { explains: 'lose 5% of messages n4>n1', label: null, endsInMs: null },
  ]);
});

test('nothing is drawn for a selector that only names', () => {
  const pick = vi.fn(context.pick);
  const desk = new FaultDesk('seed');
  desk.add([loss('n1>n2'), loss('*')], { ...context, pick }, 0);
  desk.partition({ groups: 'n1 | rest' }, { ...context, pick }, 0);
  expect(pick).not.toHaveBeenCalled();
});

test('a partition that goes says that it was one', async () => {
  const desk = new FaultDesk('seed');
  desk.partition({ isolate: 'n1' }, context, 0);
  const { removed } = desk.partition({ isolate: 'n2' }, context, 0);
  expect(removed.map(({ label }) => label)).toEqual(['partition']);
  expect(desk.clear().removed.map(({ label }) => label)).toEqual(['partition']);
});

test('of several rules to remove, all go or, where one is not there, none', () => {
  const desk = new FaultDesk('seed');
  const ids = desk
    .add([loss('n1>n2'), delay('n1>n2'), loss('n2>n1')], context, 0)
    .added.map(({ id }) => id);
  const before = desk.status(0);
  expect(() => desk.remove(ids[0]!, 'r99')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  expect(desk.status(0)).toEqual(before);
  expect(desk.remove(ids[2]!, ids[0]!).removed.map(({ id }) => id)).toEqual([ids[2], ids[0]]);
  expect(desk.forRouter().map(({ id }) => id)).toEqual([ids[1]]);
});

test('a change that the router does not take is taken back, labels, ends and order included', async () => {
  const desk = new FaultDesk('seed');
  const told: string[][] = [];
  const tell = async (rules: readonly { id: string }[]): Promise<void> => {
    told.push(rules.map(({ id }) => id));
  };
  const refuse = async (): Promise<void> => {
    throw new Error('no');
  };
  await desk.commit(() => desk.add([loss('n1>n2'), delay('n1>n2')], context, 0), tell);
  await desk.commit(() => desk.partition({ isolate: 'n1', for: '9s' }, context, 0), tell);
  await desk.commit(() => desk.add([loss('n3>n4')], context, 0), tell);
  const before = desk.status(0);
  const changes = [
    () => desk.add([loss('n1>n3')], context, 0),
    () => desk.partition({ isolate: 'n2' }, context, 0),
    () => desk.remove(before[1]!.id),
    () => desk.clear(),
  ];
  for (const change of changes) {
    await expect(desk.commit(change, refuse)).rejects.toThrow('no');
    expect(desk.status(0)).toEqual(before);
  }
  expect(told.at(-1)).toEqual(before.map(({ id }) => id));
});

test('changes wait for one another: taking one back does not take back the next', async () => {
  const desk = new FaultDesk('seed');
  const first = desk.commit(
    () => desk.add([loss('n1>n2')], context, 0),
    () => new Promise((_, reject) => setImmediate(() => reject(new Error('no')))),
  );
  const second = desk.commit(
    () => desk.add([loss('n2>n1')], context, 0),
    async () => {},
  );
  await expect(first).rejects.toThrow('no');
  await second;
  expect(linksOf(desk)).toEqual(['n2>n1']);
});

test('what came to its end while a change was told does not come back with it', async () => {
  const desk = new FaultDesk('seed');
  desk.add([{ ...loss('n1>n2'), for: '1s' }, loss('n3>n4')], context, 0);
  const change = desk.commit(
    () => desk.add([loss('n2>n1')], context, 0),
    async () => {
      desk.expire(1000);
      throw new Error('no');
    },
  );
  await expect(change).rejects.toThrow('no');
  expect(linksOf(desk)).toEqual(['n3>n4']);
});

test.each([
  ['*', 1],
  ['n1>*', 1],
  ['all<>all', 1],
])(
  '%s in a cluster of %i node means no link, and is refused with what there is',
  (links, count) => {
    const desk = new FaultDesk('seed');
    expect(() =>
      desk.add([loss(links)], contextOf(namesOf(count), { clients: ['c1'] }), 0),
    ).toThrow(
      expect.objectContaining({
        code: 'BAD_SELECTOR',
        message: `${links} means no link: the nodes are n1, the clients c1`,
      }),
    );
  },
);
