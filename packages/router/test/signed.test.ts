/** Signed messages over links that lie. */
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { Network } from './helpers/network.ts';

const signed = { sign: true, members: ['n1', 'n2', 'n3', 'c1', 'c2'] };

test('unaltered messages of nodes, clients and the router arrive', async () => {
  await using network = await Network.open(signed);
  const ends = await Promise.all(signed.members.map((name) => network.join(name)));
  for (const end of ends) {
    for (const dest of signed.members) if (dest !== end.name) end.send(dest, 'hello');
  }
  for (const end of ends) expect(await end.has(4)).toHaveLength(4);
  network.rule({ kind: 'cut', links: 'n1>n2; c1>n2', settings: { refuse: true } });
  for (const end of [ends[0]!, ends[3]!]) {
    end.send('n2', 'write', { msg_id: 1 });
    expect((await end.has(5)).at(-1)).toMatchObject({ src: 'router', body: { type: 'error' } });
  }
  expect(ends.flatMap(({ forged }) => forged)).toEqual([]);
});

test.each([
  ['tampered', { kind: 'tamper', settings: { field: 'value', value: 2 } }, 'write from n1'],
  ['corrupted', { kind: 'corrupt', settings: { probability: 1 } }, 'write from n1'],
  ['forged', { kind: 'impersonate', settings: { as: 'n3' } }, 'write from n3'],
  ['forged as a client', { kind: 'impersonate', settings: { as: 'c1' } }, 'write from c1'],
])('what is %s is dropped, and what is not arrives', async (_, rule, dropped) => {
  await using network = await Network.open(signed);
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  network.rule({ ...rule, links: 'n1>n2', type: 'write' });
  n1.send('n2', 'write', { value: 1 });
  n1.send('n2', 'read');
  expect((await n2.has(1)).map(({ body }) => body.type)).toEqual(['read']);
  expect(n2.forged).toEqual([dropped]);
});

test('duplicates and late messages are not forgeries', async () => {
  await using network = await Network.open(signed);
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  network.rule({ kind: 'duplicate', links: 'n1>n2', settings: { probability: 1 } });
  network.rule({ kind: 'delay', links: 'n1>n2', settings: { delay: '1ms..9ms' } });
  n1.send('n2', 'write');
  await n2.has(2);
  expect(n2.forged).toEqual([]);
});

test('a member that cannot sign is rejected with the reason', async () => {
  await using network = await Network.open(signed);
  const socket = new WebSocket(network.url('n1'));
  const [, response] = await once(socket, 'unexpected-response');
  let text = '';
  for await (const part of response) text += part;
  expect(JSON.parse(text).error).toMatchObject({
    code: 'BAD_REQUEST',
    message:
      'this cluster signs its messages, but n1, a text member, cannot sign: start the cluster without --sign, or write the program with the SDK',
  });
});
