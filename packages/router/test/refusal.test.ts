/** Refused messages: the sender of a request gets a definite error that names the rule. */
import { isDefiniteError } from '@faultline/protocol';
import { expect, test } from 'vitest';
import { Network } from './helpers/network.ts';

test('the sender of a refused request gets an error that names the rule', async () => {
  await using network = await Network.open();
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  const rule = network.rule({ kind: 'cut', links: 'n1>n2', settings: { refuse: true } });
  n1.send('n2', 'write', { msg_id: 7 });
  const [{ src, body }] = (await n1.has(1)) as [(typeof n1.received)[0]];
  expect(src).toBe('router');
  expect(body).toEqual({
    type: 'error',
    in_reply_to: 7,
    code: 11,
    text: `n2 was not sent write: the link n1>n2 is cut (rule ${rule})`,
  });
  expect(isDefiniteError(Number(body.code))).toBe(true);
  expect(n2.received).toEqual([]);
  expect(network.fates()).toMatchObject([{ fate: 'refused', rules: [rule], src: 'n1', msgId: 7 }]);
});

test('a message that expects no answer is refused silently', async () => {
  await using network = await Network.open();
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  network.rule({ kind: 'cut', links: 'n1>n2', settings: { refuse: true } });
  n1.send('n2', 'note');
  n1.send('n2', 'answer', { in_reply_to: 3 });
  n1.send('n3', 'nobody');
  n2.send('n1', 'afterwards');
  expect((await n1.has(1)).map(({ body }) => body.type)).toEqual(['afterwards']);
  while (network.fates().length < 4) await new Promise(setImmediate);
  expect(network.fates().filter(({ fate }) => fate === 'refused')).toHaveLength(2);
});

test('a message that is too large is refused with its size', async () => {
  await using network = await Network.open();
  const n1 = await network.join('n1');
  await network.join('n2');
  network.rule({ kind: 'size', links: 'n1>n2', settings: { max: '100B', refuse: true } });
  n1.send('n2', 'write', { msg_id: 1, text: 'x'.repeat(200) });
  const [{ body }] = (await n1.has(1)) as [(typeof n1.received)[0]];
  expect(body.text).toMatch(/^n2 was not sent write: its 237 bytes are over the 100 allowed/);
});

test('an established cut lets existing conversations continue until one side restarts', async () => {
  await using network = await Network.open();
  const [n1, n2, n3] = [
    await network.join('n1'),
    await network.join('n2'),
    await network.join('n3'),
  ];
  n1.send('n2', 'hello');
  await n2.has(1);
  network.rule({ kind: 'cut', links: '*', settings: { established: true } });
  n2.send('n1', 'still heard');
  n3.send('n1', 'new');
  n3.send('n1', 'answer', { in_reply_to: 1 });
  expect((await n1.has(2)).map(({ body }) => body.type)).toEqual(['still heard', 'answer']);
  network.restart('n2');
  n1.send('n2', 'again');
  while (network.fates().length < 5) await new Promise(setImmediate);
  expect(network.fates().map(({ type, fate }) => [type, fate])).toEqual([
    ['hello', 'delivered'],
    ['still heard', 'delivered'],
    ['new', 'cut'],
    ['answer', 'delivered'],
    ['again', 'cut'],
  ]);
});
