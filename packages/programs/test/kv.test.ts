/** The kv program on a node that is no process: handlers are called, and what it sends is gathered. */
import type { Body, Handler, Json, Node } from '@faultline/node';
import { expect, test } from 'vitest';
import kv from '../src/kv/main.ts';

async function start(wallMs: () => number): Promise<{
  ask: (body: Body) => Promise<Record<string, unknown>>;
  sent: Body[];
}> {
  const handlers = new Map<string, Handler>();
  const sent: Body[] = [];
  const send = (_: string, body: Body): void => void sent.push(body);
  await kv({
    id: 'n1',
    peers: ['n2'],
    settings: {},
    clock: { wall: wallMs },
    disk: { read: () => [], append: () => {}, sync: async () => {}, replace: async () => {} },
    random: { pick: (among: readonly string[]) => among[0] },
    on: (type: string, handler: Handler) => void handlers.set(type, handler),
    every: () => ({ cancel() {} }),
    broadcast: (body: Body) => send('', body),
    send,
  } as unknown as Node);
  return {
    sent,
    ask: async (body) =>
      (await handlers.get(body.type)!(body, { src: 'n2', dest: 'n1', body })) as Record<
        string,
        unknown
      >,
  };
}

const write = (value: Json): Body => ({ type: 'write', key: 'x', value });

test('a setting that kv does not know is refused, as a misspelt one would be missed', () => {
  const node = { settings: { ordr: 'hybrid' } } as unknown as Node;
  expect(() => kv(node)).toThrow('there is no setting ordr');
});

test('of two writes in the same microsecond the second one wins', async () => {
  const { ask } = await start(() => 1_795_232_244_917.38);
  await ask(write('first'));
  await ask(write('second'));
  expect(await ask({ type: 'read', key: 'x' })).toEqual({ value: 'second' });
});

test('a clock that was set back by a second makes later writes lose', async () => {
  let wallMs = 1_795_232_244_917;
  const { ask } = await start(() => wallMs);
  await ask(write('first'));
  wallMs -= 1000;
  await ask(write('second'));
  expect(await ask({ type: 'read', key: 'x' })).toEqual({ value: 'first' });
});

test.each([
  { type: 'entries', entries: [{}] },
  { type: 'entries', entries: 'all' },
  { type: 'digest', digest: { from: null, to: null, stamps: { x: 1 } } },
  { type: 'digest' },
  { type: 'write', key: { no: 'text' }, value: 1 },
  { type: 'write', key: 'x', value: 'x'.repeat(200_000) },
])('nonsense is answered with an error and changes nothing: %j', async (body) => {
  const { ask } = await start(() => 1000);
  await expect(ask(body as Body)).rejects.toMatchObject({ name: 'RpcError', rpcCode: 12 });
  expect(await ask({ type: 'all' })).toEqual({ entries: [] });
});
