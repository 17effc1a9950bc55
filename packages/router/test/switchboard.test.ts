import { once } from 'node:events';
import { FrameWriter } from '@faultline/protocol';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { draws } from '../../../test/helpers/draws.ts';
import { Network } from './helpers/network.ts';

const types = (received: readonly { body: { type: string } }[]): string[] =>
  received.map(({ body }) => body.type);

test('without rules every message arrives once, in the order of sending', async () => {
  await using network = await Network.open();
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  for (let i = 0; i < 1000; i++) n1.send('n2', 'count', { i });
  const received = await n2.has(1000);
  expect(received.map(({ body }) => body.i)).toEqual(Array.from({ length: 1000 }, (_, i) => i));
  expect(network.fates().map(({ fate }) => fate)).toEqual(Array(1000).fill('delivered'));
});

test('a delayed message comes no earlier than its delay, and holds up no other message', async () => {
  await using network = await Network.open();
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  network.rule({ kind: 'delay', links: 'n1>n2', type: 'slow', settings: { delay: '60ms' } });
  n1.send('n2', 'slow');
  n1.send('n2', 'fast');
  expect(types(await n2.has(2))).toEqual(['fast', 'slow']);
  const slow = network.fates().filter(({ type }) => type === 'slow');
  expect(slow.map(({ fate }) => fate)).toEqual(['waiting', 'delivered']);
  expect(slow[1]!.atMs - slow[1]!.arrivedMs).toBeGreaterThanOrEqual(60);
});

test('a link with order keeps it, whatever the delays', async () => {
  await using network = await Network.open();
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  network.rule({
    kind: 'delay',
    links: 'n1>n2',
    settings: { delay: '0ms..40ms', keepOrder: true },
  });
  for (let i = 0; i < 200; i++) n1.send('n2', 'count', { i });
  const received = await n2.has(200);
  expect(received.map(({ body }) => body.i)).toEqual(Array.from({ length: 200 }, (_, i) => i));
});

test('an ordered message does not pass one that is due and not yet delivered', async () => {
  let nowMs = 100;
  await using network = await Network.open({ now: () => nowMs });
  const n2 = await network.join('n2');
  for (const [type, delay] of [
    ['first', '50ms'],
    ['second', '0ms'],
  ]) {
    network.rule({ kind: 'delay', links: 'n1>n2', type, settings: { delay, keepOrder: true } });
  }
  network.route('n1', 'n2', 'first');
  nowMs = 150;
  network.route('n1', 'n2', 'second');
  expect(types(await n2.has(2))).toEqual(['first', 'second']);
});

test('without order, different delays reorder messages', async () => {
  await using network = await Network.open();
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  network.rule({ kind: 'delay', links: 'n1>n2', settings: { delay: '0ms..40ms' } });
  for (let i = 0; i < 200; i++) n1.send('n2', 'count', { i });
  const order = (await n2.has(200)).map(({ body }) => Number(body.i));
  expect(order).not.toEqual([...order].sort((a, b) => a - b));
});

test('a cut is one-way: messages in the other direction still arrive', async () => {
  await using network = await Network.open();
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  network.rule({ kind: 'cut', links: 'n1>n2' });
  n1.send('n2', 'lost');
  n2.send('n1', 'heard');
  expect(types(await n1.has(1))).toEqual(['heard']);
  expect(network.fates().map(({ src, fate, rules }) => [src, fate, rules])).toContainEqual([
    'n1',
    'cut',
    ['r1'],
  ]);
  expect(n2.received).toEqual([]);
});

test('a message in flight does not cross a cut that came meanwhile', async () => {
  await using network = await Network.open();
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  network.rule({ kind: 'delay', links: 'n1>n2', settings: { delay: '50ms' } });
  n1.send('n2', 'late');
  while (network.fates().length === 0) await new Promise(setImmediate);
  const cut = network.rule({ kind: 'cut', links: 'n1>n2' });
  while (network.fates().length === 1) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(network.fates()[1]).toMatchObject({ fate: 'cut', rules: ['r1', cut] });
  expect(n2.received).toEqual([]);
});

test('a cut that was removed after the sender left does not stop messages in flight', async () => {
  await using network = await Network.open();
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  network.rule({ kind: 'delay', links: 'n1>n2', settings: { delay: '50ms' } });
  n1.send('n2', 'late');
  while (network.fates().length === 0) await new Promise(setImmediate);
  network.rule({ kind: 'cut', links: 'n1>n2' });
  network.switchboard.setMembers([{ name: 'n2', kind: 'node', incarnation: 1 }]);
  network.heal();
  expect(types(await n2.has(1))).toEqual(['late']);
});

test('held messages wait until they are released or their rule is gone', async () => {
  await using network = await Network.open();
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  network.rule({ kind: 'hold', links: 'n1>*' });
  n1.send('n2', 'first');
  while (network.fates().length < 1) await new Promise(setImmediate);
  expect(network.switchboard.release((src, dest) => src === 'n1' && dest === 'n3')).toBe(0);
  expect(network.switchboard.release((src, dest) => src === 'n1' && dest === 'n2')).toBe(1);
  await n2.has(1);
  n1.send('n2', 'second');
  while (network.fates().length < 3) await new Promise(setImmediate);
  expect(network.switchboard.stats().held).toBe(1);
  network.heal();
  expect(types(await n2.has(2))).toEqual(['first', 'second']);
  expect(network.fates().map(({ fate }) => fate)).toEqual([
    'held',
    'delivered',
    'held',
    'delivered',
  ]);
});

test('each duplicate is delivered and recorded as a separate copy', async () => {
  await using network = await Network.open();
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  network.rule({ kind: 'duplicate', links: 'n1>n2', settings: { probability: 1, copies: 2 } });
  n1.send('n2', 'thrice');
  expect(types(await n2.has(3))).toEqual(['thrice', 'thrice', 'thrice']);
  expect(network.fates().map(({ copy, fate }) => [copy, fate])).toEqual([
    [0, 'delivered'],
    [1, 'delivered'],
    [2, 'delivered'],
  ]);
});

test('a message to a member that has not joined is recorded as node down', async () => {
  await using network = await Network.open();
  const n1 = await network.join('n1');
  n1.send('n2', 'hello');
  while (network.fates().length === 0) await new Promise(setImmediate);
  expect(network.fates()[0]).toMatchObject({ dest: 'n2', fate: 'node down' });
});

test('a message to an unknown destination is refused, and the record says so', async () => {
  await using network = await Network.open();
  const n1 = await network.join('n1');
  n1.send('n9', 'hello');
  while (network.fates().length === 0) await new Promise(setImmediate);
  expect(network.fates()[0]).toMatchObject({ src: 'n1', dest: 'n9', fate: 'refused' });
  expect(network.events).toContainEqual({
    kind: 'message.refused',
    node: 'n1',
    facts: { dest: 'n9', reason: 'no such destination' },
  });
});

test('no member can send in the name of another', async () => {
  await using network = await Network.open();
  const [n2, n3] = [await network.join('n2'), await network.join('n3')];
  const forger = new WebSocket(`${network.url('n1')}&format=binary`);
  await once(forger, 'open');
  const writer = new FrameWriter();
  writer.append('n3', 'n2', { type: 'forged' }, 1, 1);
  forger.send(writer.take());
  while (network.fates().length === 0) await new Promise(setImmediate);
  n3.send('n2', 'honest');
  expect(types(await n2.has(1))).toEqual(['honest']);
  expect(network.fates()[0]).toMatchObject({ src: 'n1', type: 'forged', fate: 'refused' });
  forger.close();
});

test('messages that do not fit into the queue of a member that does not read have the fate overflow', async () => {
  await using network = await Network.open({ queueBytesMax: 200_000 });
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  network.rule({ kind: 'hold', links: 'n1>n2' });
  for (let i = 0; i < 100; i++) n1.send('n2', 'big', { text: 'x'.repeat(10_000) });
  while (network.fates().length < 100) await new Promise(setImmediate);
  const count = (fate: string): number =>
    network.fates().filter((event) => event.fate === fate).length;
  expect(count('held')).toBe(19);
  expect(count('overflow')).toBe(81);
  expect(network.switchboard.stats().queuedBytes.n2).toBeLessThanOrEqual(200_000);
  // Room that becomes free is used again, and nothing of the accounts is left over.
  network.heal();
  await n2.has(19);
  n1.send('n2', 'after');
  await n2.has(20);
  expect(network.switchboard.stats().queuedBytes).toEqual({});
});

test('an overflow is reported once, and again after there was room', async () => {
  await using network = await Network.open({ queueBytesMax: 200_000 });
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  const overflow = async (): Promise<void> => {
    const before = network.fates().length;
    network.rule({ kind: 'hold', links: 'n1>n2' });
    for (let i = 0; i < 30; i++) n1.send('n2', 'big', { text: 'x'.repeat(10_000) });
    while (network.fates().length < before + 30) await new Promise(setImmediate);
  };
  const reports = () => network.events.filter(({ kind }) => kind === 'queue.overflow');
  await overflow();
  expect(reports()).toHaveLength(1);
  network.heal();
  await n2.has(19);
  await overflow();
  expect(reports()).toHaveLength(2);
});

test('when a member restarts, the connection of its earlier incarnation is closed', async () => {
  await using network = await Network.open();
  const n1 = await network.join('n1');
  const endpoint = network.switchboard.member('n1')!;
  expect(endpoint.inbox.isUp).toBe(true);
  network.restart('n1');
  expect(endpoint.inbox.isUp).toBe(false);
  n1.link.close();
});

const rules = fc.array(
  fc.record({
    kind: fc.constantFrom('loss', 'delay', 'duplicate', 'cut'),
    links: fc.constantFrom('n1>n2', 'n1>n3', 'n1>*', '*'),
    share: fc.integer({ min: 0, max: 100 }),
    first: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
  }),
  { maxLength: 5 },
);

function settingsOf(kind: string, share: number): Record<string, string> {
  if (kind === 'cut') return {};
  return kind === 'delay' ? { delay: `0ms..${1 + share / 10}ms` } : { probability: `${share}%` };
}

test('whatever the rules, every copy ends in exactly one fate, and delivered means received', async () => {
  await fc.assert(
    fc.asyncProperty(rules, fc.integer({ min: 1, max: 60 }), async (drawn, count) => {
      await using network = await Network.open();
      const [n1, n2, n3] = [
        await network.join('n1'),
        await network.join('n2'),
        await network.join('n3'),
      ];
      for (const { kind, links, share, first } of drawn) {
        network.rule({
          kind,
          links,
          settings: settingsOf(kind, share),
          ...(first === undefined ? {} : { first }),
        });
      }
      for (let i = 0; i < count; i++) n1.send(i % 2 === 0 ? 'n2' : 'n3', 'm', { i });
      const ended = () => network.fates().filter(({ fate }) => fate !== 'waiting');
      const originals = () => ended().filter(({ copy }) => copy === 0).length;
      const isQuiet = () => originals() === count && network.switchboard.stats().waiting === 0;
      while (!isQuiet()) await new Promise((resolve) => setTimeout(resolve, 1));
      const delivered = ended().filter(({ fate }) => fate === 'delivered').length;
      while (n2.received.length + n3.received.length < delivered) await new Promise(setImmediate);
      const copies = ended().map(({ id, copy }) => `${id}/${copy}`);
      expect(new Set(copies).size).toBe(copies.length);
      expect(n2.received.length + n3.received.length).toBe(delivered);
    }),
    { numRuns: draws(30) },
  );
});

test('the same seed and messages on an edge give the same fates, whatever the timing', async () => {
  const runOnce = async (pauseEvery: number): Promise<string[]> => {
    await using network = await Network.open({ seed: 'repeat' });
    const [n1] = [await network.join('n1'), await network.join('n2')];
    network.rule({ kind: 'loss', links: 'n1>n2', settings: { probability: '30%' } });
    network.rule({ kind: 'duplicate', links: 'n1>n2', settings: { probability: '20%' } });
    for (let i = 0; i < 300; i++) {
      n1.send('n2', 'm', { i });
      if (i % pauseEvery === 0) await new Promise(setImmediate);
    }
    while (network.fates().filter(({ copy }) => copy === 0).length < 300)
      await new Promise(setImmediate);
    return network
      .fates()
      .map(({ ordinal, copy, fate, rules }) => `${ordinal} ${copy} ${fate} ${rules}`);
  };
  const [first, again] = [await runOnce(1), await runOnce(97)];
  expect(again).toEqual(first);
  expect(new Set(first.map((line) => line.split(' ')[2]))).toEqual(new Set(['delivered', 'lost']));
});

test('a released message still has the delay that it would have had without the hold', async () => {
  await using network = await Network.open();
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  network.rule({ kind: 'delay', links: 'n1>n2', settings: { delay: '80ms' } });
  network.rule({ kind: 'hold', links: 'n1>n2' });
  n1.send('n2', 'late');
  while (network.fates().length === 0) await new Promise(setImmediate);
  network.switchboard.release(() => true);
  await n2.has(1);
  expect(network.fates().map(({ fate }) => fate)).toEqual(['held', 'waiting', 'delivered']);
  const { arrivedMs, atMs } = network.fates()[2]!;
  expect(atMs - arrivedMs).toBeGreaterThanOrEqual(80);
});

test('held messages are listed, and released one by one in any order', async () => {
  await using network = await Network.open();
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  network.rule({ kind: 'duplicate', links: 'n1>n2', type: 'b', settings: { probability: '100%' } });
  network.rule({ kind: 'hold', links: 'n1>n2' });
  for (const type of ['a', 'b', 'c', 'd']) n1.send('n2', type);
  while (network.switchboard.stats().held < 5) await new Promise(setImmediate);
  const { count, bytes, messages } = network.switchboard.held(() => true, 3);
  expect(count).toBe(5);
  expect(bytes).toBeGreaterThan(messages.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0));
  expect(messages.map(({ id, copy, type, rule }) => [id, copy, type, rule])).toEqual([
    ['n1.1.1', 0, 'a', 'r2'],
    ['n1.1.2', 0, 'b', 'r2'],
    ['n1.1.2', 1, 'b', 'r2'],
  ]);
  expect(network.switchboard.held((src) => src === 'n2', 3).count).toBe(0);
  // One of them is not held: none goes.
  expect(() => network.switchboard.releaseMessages(['n1.1.4', 'n1.1.9'])).toThrow(
    expect.objectContaining({ code: 'NOT_FOUND', facts: { message: 'n1.1.9', held: 5 } }),
  );
  expect(network.switchboard.stats().held).toBe(5);
  expect(network.switchboard.releaseMessages(['n1.1.4', 'n1.1.2/1', 'n1.1.1'])).toBe(3);
  expect(types(await n2.has(3))).toEqual(['d', 'b', 'a']);
  // A message without a copy means all copies, each of which goes once.
  expect(network.switchboard.releaseMessages(['n1.1.3', 'n1.1.2', 'n1.1.2/0'])).toBe(2);
  expect(types(await n2.has(5)).slice(3)).toEqual(['c', 'b']);
  expect(network.fates().filter(({ fate }) => fate === 'delivered')).toHaveLength(5);
});

test('very many held messages are released at once, without stopping the router', async () => {
  await using network = await Network.open({ queueBytesMax: 1e9 });
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  network.rule({ kind: 'hold', links: 'n1>n2' });
  const count = 150_000;
  const endpoint = network.switchboard.member('n1')!;
  const writer = new FrameWriter();
  for (let seq = 1; seq <= count; seq++) {
    writer.append('n1', 'n2', { type: 'm' }, 1, seq);
    if (seq % 10_000 === 0) network.switchboard.route(endpoint, writer.take());
  }
  expect(network.switchboard.stats().held).toBe(count);
  network.heal();
  expect(network.switchboard.stats().held).toBe(0);
  await n2.has(count);
  void n1;
});

test('a frame never exceeds the limit of a receiver, however much comes in one turn', async () => {
  await using network = await Network.open({ queueBytesMax: 1e8 });
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  const endpoint = network.switchboard.member('n1')!;
  const socket = network.switchboard.member('n2')!.inbox.socket!;
  const leaves = vi.spyOn(socket, 'send');
  const records = vi.spyOn(network.trace, 'flush');
  let seq = 0;
  for (let frame = 0; frame < 3; frame++) {
    const writer = new FrameWriter();
    for (let i = 0; i < 3; i++) {
      writer.append('n1', 'n2', { type: 'big', text: 'x'.repeat(1_000_000) }, 1, ++seq);
    }
    network.switchboard.route(endpoint, writer.take());
  }
  await n2.has(9);
  // Each frame leaves after its records are written.
  expect(leaves.mock.calls.length).toBeGreaterThan(1);
  const calls = [
    ...records.mock.invocationCallOrder.map((at) => ({ at, what: 'records' })),
    ...leaves.mock.invocationCallOrder.map((at) => ({ at, what: 'leaves' })),
  ].sort((a, b) => a.at - b.at);
  for (const [i, { what }] of calls.entries()) {
    if (what === 'leaves') expect(calls[i - 1]?.what).toBe('records');
  }
  expect(network.fates().filter(({ fate }) => fate === 'delivered').length).toBe(9);
  void n1;
});

test('the bound of a queue holds within one frame, too', async () => {
  await using network = await Network.open({ queueBytesMax: 200_000 });
  await Promise.all([network.join('n1'), network.join('n2')]);
  const endpoint = network.switchboard.member('n1')!;
  const writer = new FrameWriter();
  for (let seq = 1; seq <= 100; seq++) {
    writer.append('n1', 'n2', { type: 'big', text: 'x'.repeat(10_000) }, 1, seq);
  }
  network.switchboard.route(endpoint, writer.take());
  expect(network.switchboard.stats().queuedBytes.n2).toBeLessThanOrEqual(200_000);
  const overflown = network.fates().filter(({ fate }) => fate === 'overflow').length;
  expect(overflown).toBe(81);
});

test('messages held for a member that leaves end as node down', async () => {
  await using network = await Network.open();
  const n1 = await network.join('n1');
  await network.join('n2');
  network.rule({ kind: 'hold', links: 'n1>n2' });
  n1.send('n2', 'kept');
  while (network.fates().length === 0) await new Promise(setImmediate);
  network.switchboard.setMembers([{ name: 'n1', kind: 'node', incarnation: 1 }]);
  expect(network.fates().map(({ fate }) => fate)).toEqual(['held', 'node down']);
  expect(network.switchboard.stats().held).toBe(0);
});

test('a router that stops records router down for all messages that it still has', async () => {
  await using network = await Network.open();
  const n1 = await network.join('n1');
  await network.join('n2');
  network.rule({ kind: 'delay', links: 'n1>n2', type: 'slow', settings: { delay: '1h' } });
  network.rule({ kind: 'hold', links: 'n1>n2', type: 'kept' });
  n1.send('n2', 'slow');
  n1.send('n2', 'kept');
  while (network.fates().length < 2) await new Promise(setImmediate);
  network.switchboard.stop();
  expect(
    network
      .fates()
      .slice(2)
      .map(({ type, fate }) => `${type} ${fate}`)
      .sort(),
  ).toEqual(['kept router down', 'slow router down']);
});

test('a message number is accepted once: repeats and other incarnations are rejected', async () => {
  await using network = await Network.open();
  await Promise.all([network.join('n1'), network.join('n2')]);
  const endpoint = network.switchboard.member('n1')!;
  const send = (incarnation: number, seq: number): void => {
    const writer = new FrameWriter();
    writer.append('n1', 'n2', { type: 'm' }, incarnation, seq);
    network.switchboard.route(endpoint, writer.take());
  };
  send(1, 5);
  send(1, 5);
  send(7, 6);
  send(1, 6);
  expect(network.fates().map(({ fate }) => fate)).toEqual([
    'delivered',
    'refused',
    'refused',
    'delivered',
  ]);
});

test('a list with an invalid rule changes nothing', async () => {
  await using network = await Network.open();
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  network.rule({ kind: 'hold', links: 'n1>n2' });
  n1.send('n2', 'waits');
  while (network.switchboard.stats().held === 0) await new Promise(setImmediate);
  const bad = [
    { id: 'r8', spec: { kind: 'cut', links: 'n1>n2', settings: {} }, expiresAtMs: null },
    { id: 'r9', spec: { kind: 'earthquake', links: 'n1>n2' }, expiresAtMs: null },
  ];
  expect(() => network.switchboard.setRules(bad)).toThrow(
    expect.objectContaining({ code: 'BAD_RULE' }),
  );
  expect(network.switchboard.stats().held).toBe(1);
  network.switchboard.release(() => true);
  expect(types(await n2.has(1))).toEqual(['waits']);
});
