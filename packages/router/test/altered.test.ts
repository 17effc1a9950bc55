/** Messages that arrive otherwise than they were sent. */
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { Network } from './helpers/network.ts';

const always = { probability: 1 };

test('a changed field arrives well-formed and wrong, and the recording says that it was altered', async () => {
  await using network = await Network.open();
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  network.rule({ kind: 'corrupt', links: 'n1>n2', settings: { ...always, as: 'field' } });
  n1.send('n2', 'write', { value: 100 });
  const [{ body }] = (await n2.has(1)) as [(typeof n2.received)[0]];
  expect(body.type).toBe('write');
  expect(body.value).not.toBe(100);
  expect(network.fates()).toMatchObject([{ fate: 'delivered', altered: true, rules: ['r1'] }]);
});

test('flipped bits break no connection, wherever they are', async () => {
  await using network = await Network.open();
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  network.rule({
    kind: 'corrupt',
    links: 'n1>n2',
    type: 'write',
    settings: { ...always, bits: 2 },
  });
  for (let i = 0; i < 500; i++) n1.send('n2', 'write', { msg_id: i, key: 'some key', value: i });
  n1.send('n2', 'end');
  // Those that are JSON by chance arrive; the others are passed over where their bodies are read.
  while (n2.received.at(-1)?.body.type !== 'end') await n2.has(n2.received.length + 1);
  expect(n2.received.length).toBeLessThan(400);
  const fates = network.fates();
  expect(fates.filter(({ altered }) => altered)).toHaveLength(500);
  expect(fates.every(({ fate }) => fate === 'delivered')).toBe(true);
  expect(new Set(fates.map(({ type }) => type))).toEqual(new Set(['write', 'end']));
});

test('flipped bits break no text connection either', async () => {
  await using network = await Network.open({ members: ['n1', 'n2'] });
  const n1 = await network.join('n1');
  const socket = new WebSocket(network.url('n2'));
  await once(socket, 'open');
  const received: string[] = [];
  socket.on('message', (data) => received.push(data.toString()));
  network.rule({
    kind: 'corrupt',
    links: 'n1>n2',
    type: 'write',
    settings: { ...always, bits: 3 },
  });
  for (let i = 0; i < 100; i++) n1.send('n2', 'write', { value: i });
  n1.send('n2', 'end');
  while (!received.at(-1)?.includes('"end"')) await once(socket, 'message');
  expect(received).toHaveLength(101);
  socket.close();
});

test('a tampered field is also changed in the header', async () => {
  await using network = await Network.open();
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  const set = (field: string, value: unknown) =>
    network.rule({ kind: 'tamper', links: 'n1>n2', settings: { field, value } });
  set('type', 'other');
  set('msg_id', 99);
  set('nothing', 'of it');
  const heads: unknown[] = [];
  n2.onReader = ({ type, msgId, isRequest }) => heads.push({ type, msgId, isRequest });
  n1.send('n2', 'write', { msg_id: 1, key: 'x' });
  const [{ body }] = (await n2.has(1)) as [(typeof n2.received)[0]];
  expect(body).toEqual({ type: 'other', msg_id: 99, key: 'x' });
  expect(heads).toEqual([{ type: 'other', msgId: 99, isRequest: true }]);
  // The recording describes the message as it was sent.
  expect(network.fates()).toMatchObject([{ type: 'write', msgId: 1, altered: true }]);
});

test('a rule that finds nothing to change alters nothing', async () => {
  await using network = await Network.open();
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  network.rule({ kind: 'tamper', links: 'n1>n2', settings: { field: 'key', value: 'x' } });
  n1.send('n2', 'write', { key: 'x' });
  n1.send('n2', 'write', { other: 'y' });
  await n2.has(2);
  expect(network.fates().map(({ altered }) => altered)).toEqual([undefined, undefined]);
});

test('a body that would become too large for a frame is not altered', async () => {
  await using network = await Network.open({ queueBytesMax: 1e8 });
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  const value = 'y'.repeat(9000);
  network.rule({ kind: 'tamper', links: 'n1>n2', settings: { field: 'key', value } });
  n1.send('n2', 'write', { key: 'x', text: 'z'.repeat(1024 * 1024 - 100) });
  const [{ body }] = (await n2.has(1)) as [(typeof n2.received)[0]];
  expect(body.key).toBe('x');
});

test('the receiver sees a forged source, and the recording has the real one', async () => {
  await using network = await Network.open();
  const [n1, n2, n3] = [
    await network.join('n1'),
    await network.join('n2'),
    await network.join('n3'),
  ];
  network.rule({ kind: 'impersonate', links: 'n1>n2', settings: { as: 'n3' } });
  const senders: string[] = [];
  n2.onReader = ({ sender }) => senders.push(sender);
  n1.send('n2', 'give', { msg_id: 5 });
  const [{ src, body }] = (await n2.has(1)) as [(typeof n2.received)[0]];
  expect([src, body.type]).toEqual(['n3', 'give']);
  expect(senders).toEqual(['n1']);
  n2.send(src, 'give_ok', { in_reply_to: 5 });
  await n3.has(1);
  expect(n1.received).toEqual([]);
  expect(network.fates()[0]).toMatchObject({ id: 'n1.1.1', src: 'n1', altered: true });
});

test('an altered and delayed message arrives altered and late', async () => {
  await using network = await Network.open();
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  network.rule({ kind: 'tamper', links: 'n1>n2', settings: { field: 'key', value: 'y' } });
  network.rule({ kind: 'delay', links: 'n1>n2', settings: { delay: '30ms' } });
  n1.send('n2', 'write', { key: 'x' });
  const [{ body }] = (await n2.has(1)) as [(typeof n2.received)[0]];
  expect(body.key).toBe('y');
  expect(network.fates().map(({ fate, altered }) => [fate, altered])).toEqual([
    ['waiting', true],
    ['delivered', true],
  ]);
});

test('a rule about a field acts on the messages that have it, even in flight', async () => {
  await using network = await Network.open();
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  network.rule({ kind: 'delay', links: 'n1>n2', settings: { delay: '40ms' } });
  n1.send('n2', 'write', { key: 'x' });
  n1.send('n2', 'write', { key: 'y' });
  while (network.fates().length < 2) await new Promise(setImmediate);
  network.rule({ kind: 'cut', links: 'n1>n2', field: 'key=x' });
  n1.send('n2', 'write', { key: 'x' });
  expect((await n2.has(1)).map(({ body }) => body.key)).toEqual(['y']);
  expect(network.fates().filter(({ fate }) => fate === 'cut')).toHaveLength(2);
});

test('a rate passes its bytes in their time, and messages that do not fit overflow', async () => {
  await using network = await Network.open();
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  network.rule({ kind: 'rate', links: 'n1>n2', settings: { rate: '20kB/s', limit: '2kB' } });
  for (let i = 0; i < 50; i++) n1.send('n2', 'count', { i, text: 'x'.repeat(70) });
  while (network.fates().filter(({ fate }) => fate === 'overflow').length < 20) {
    await new Promise(setImmediate);
  }
  const taken = network.fates().filter(({ fate }) => fate === 'waiting').length;
  await n2.has(taken);
  expect(n2.received.map(({ body }) => body.i)).toEqual(Array.from({ length: taken }, (_, i) => i));
  const delivered = network.fates().filter(({ fate }) => fate === 'delivered');
  const [first, last] = [delivered[0]!, delivered.at(-1)!];
  const bytes = delivered.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
  // Never faster; how much slower depends on the load of the machine.
  expect(last.atMs - first.arrivedMs).toBeGreaterThanOrEqual(bytes / 20);
  const [report] = network.switchboard.stats().rules;
  expect(report).toMatchObject({ rule: 'r1', matched: 50, hit: 50 });
  expect(report!.copies).toEqual({ delayed: taken, overflowed: 50 - taken });
});
