/** Healing is complete: of a rule that is gone nothing stays, whatever it had delayed. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draws } from '../../../test/helpers/draws.ts';
import { type End, Network } from './helpers/network.ts';

/** Time stands still until it is moved. */
async function open(options: { queueBytesMax?: number } = {}) {
  const time = { nowMs: 1000 };
  const network = await Network.open({ now: () => time.nowMs, ...options });
  const n2 = await network.join('n2');
  const fatesOf = (type: string): string[] =>
    network.fates().flatMap((event) => (event.type === type ? event.fate : []));
  return {
    network,
    n2,
    time,
    fatesOf,
    [Symbol.asyncDispose]: () => network[Symbol.asyncDispose](),
  };
}

const longDelay = {
  kind: 'delay',
  links: 'n1>n2',
  settings: { delay: '10m', keepOrder: true },
} as const;
const shortDelay = { ...longDelay, settings: { delay: '5ms', keepOrder: true } } as const;
const slowLine = { kind: 'rate', links: 'n1>n2', settings: { rate: '1B/s' } } as const;

const arrived = async (n2: End, type: string): Promise<boolean> => {
  for (let turn = 0; turn < 200; turn++) {
    if (n2.received.some(({ body }) => body.type === type)) return true;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return false;
};

const settings = fc.oneof(
  fc
    .constantFrom(longDelay, shortDelay, slowLine)
    .map(({ kind, settings }) => ({ kind, settings })),
  fc.record({
    kind: fc.constant('delay'),
    settings: fc.record({
      delay: fc.constantFrom('1ms..10m', '1h', 'exp 50ms'),
      keepOrder: fc.boolean(),
      correlation: fc.constantFrom('0%', '50%'),
    }),
  }),
  fc.record({
    kind: fc.constant('rate'),
    settings: fc.record({
      rate: fc.constantFrom('1B/s', '1kB/s'),
      limit: fc.constantFrom('20B', '1MB'),
      per: fc.constantFrom('edge', 'rule'),
    }),
  }),
  fc.constant({ kind: 'hold', settings: {} }),
  fc.constant({ kind: 'duplicate', settings: { probability: '100%', copies: 3, spacing: '1m' } }),
  fc.constant({ kind: 'loss', settings: { probability: '50%' } }),
  fc.constant({ kind: 'cut', settings: {} }),
);

test('after all rules are removed, a new message crosses as if there had never been one', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(settings, { minLength: 1, maxLength: 4 }),
      fc.integer({ min: 1, max: 30 }),
      fc.boolean(),
      async (drawn, count, drop) => {
        await using cluster = await open({ queueBytesMax: 2000 });
        const { network, n2, time, fatesOf } = cluster;
        for (const rule of drawn) network.rule({ links: 'n1>n2', ...rule });
        for (let i = 0; i < count; i++) network.route('n1', 'n2', 'before');
        network.heal({ drop });
        network.route('n1', 'n2', 'after');
        expect(fatesOf('after')).toEqual(['delivered']);
        expect(network.fates().findLast(({ type }) => type === 'after')?.rules).toEqual([]);
        // A rule that comes now inherits nothing.
        network.rule(shortDelay);
        network.route('n1', 'n2', 'later');
        time.nowMs += 5;
        expect(await arrived(n2, 'later')).toBe(true);
        expect(fatesOf('later')).toEqual(['waiting', 'delivered']);
      },
    ),
    { numRuns: draws(60) },
  );
});

test('a rule that stays in force forgets the order that a removed rule forced on its messages', async () => {
  await using cluster = await open();
  const { network, n2, time } = cluster;
  network.rule(shortDelay);
  const long = network.rule({ ...longDelay, type: 'late' });
  network.route('n1', 'n2', 'late');
  network.route('n1', 'n2', 'behind');
  expect(network.unlink(long)).toMatchObject({ delayed: 1, lastDueInMs: 600_005 });
  network.route('n1', 'n2', 'new');
  time.nowMs += 5;
  expect(await arrived(n2, 'new')).toBe(true);
  // What was behind the late one keeps its order with what came after it.
  expect(n2.received.map(({ body }) => body.type)).toEqual(['behind', 'new']);
});

test('a restarted member has new connections, without the order and pace of the old ones', async () => {
  const line = { kind: 'rate', links: 'n1>n2', settings: { rate: '1kB/s' } };
  for (const [rules, waitMs] of [
    [
      [
        { ...longDelay, type: 'before' },
        { ...shortDelay, type: 'after' },
      ],
      5,
    ],
    [[line], 30],
  ] as const) {
    await using cluster = await open();
    const { network, n2, time } = cluster;
    for (const rule of rules) network.rule(rule);
    for (let i = 0; i < 50; i++) network.route('n1', 'n2', 'before');
    network.restart('n1');
    // Another rule comes and goes: what is in order is worked out again.
    network.unlink(network.rule({ kind: 'cut', links: 'n3>n2' }));
    network.route('n1', 'n2', 'after');
    time.nowMs += waitMs;
    expect(await arrived(n2, 'after')).toBe(true);
  }
});

test('a heal reports the delayed messages, and drops them on request', async () => {
  await using cluster = await open();
  const { network, n2, fatesOf } = cluster;
  network.rule(longDelay);
  network.route('n1', 'n2', 'a');
  expect(network.heal()).toEqual({ released: 0, delayed: 1, lastDueInMs: 600_000, dropped: 0 });
  network.rule(longDelay);
  network.rule({ kind: 'hold', links: 'n1>n2', type: 'b' });
  network.route('n1', 'n2', 'b');
  network.route('n1', 'n2', 'c');
  // What an earlier heal left on its way is dropped as well.
  expect(network.heal({ drop: true })).toEqual({
    released: 0,
    delayed: 0,
    lastDueInMs: null,
    dropped: 3,
  });
  expect([fatesOf('a'), fatesOf('b'), fatesOf('c')]).toEqual([
    ['waiting', 'dropped'],
    ['held', 'dropped'],
    ['waiting', 'dropped'],
  ]);
  expect(network.switchboard.stats()).toMatchObject({ waiting: 0, held: 0, queuedBytes: {} });
  expect(n2.received).toEqual([]);
});

test('release delivers what removed rules delay, and with delayed what rules in force delay', async () => {
  await using cluster = await open();
  const { network, n2, fatesOf } = cluster;
  network.rule(longDelay);
  network.route('n1', 'n2', 'a');
  network.route('n1', 'n2', 'b');
  expect(network.switchboard.release(() => true)).toBe(0);
  expect(network.switchboard.release((src) => src === 'n3', true)).toBe(0);
  network.heal();
  expect(network.switchboard.release(() => true)).toBe(2);
  await n2.has(2);
  const late = network.rule(longDelay);
  for (const type of ['c', 'd', 'e']) network.route('n1', 'n2', type);
  const ids = network.fates().flatMap(({ type, id }) => (type === 'd' ? id : []));
  expect(network.switchboard.releaseMessages(ids)).toBe(1);
  expect(network.switchboard.release(() => true, true)).toBe(2);
  expect((await n2.has(5)).map(({ body }) => body.type)).toEqual(['a', 'b', 'd', 'c', 'e']);
  expect(fatesOf('c')).toEqual(['waiting', 'delivered']);
  // What was released keeps back nothing that comes later.
  network.route('n1', 'n2', 'f');
  expect(network.unlink(late)).toMatchObject({ delayed: 1, lastDueInMs: 600_000 });
});

test('messages delayed by removed rules are bounded, and take no room from new ones', async () => {
  await using cluster = await open({ queueBytesMax: 3000 });
  const { network, fatesOf } = cluster;
  for (let round = 0; round < 10; round++) {
    network.rule(longDelay);
    for (let i = 0; i < 20; i++) network.route('n1', 'n2', 'm');
    network.heal();
    expect(network.switchboard.stats().queuedBytes.n2).toBeLessThanOrEqual(3000);
  }
  const ended = fatesOf('m').filter((fate) => fate === 'overflow').length;
  expect(ended + network.switchboard.stats().waiting).toBe(200);
  network.route('n1', 'n2', 'after');
  expect(fatesOf('after')).toEqual(['delivered']);
});
