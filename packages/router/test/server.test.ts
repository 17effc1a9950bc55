/** Who gets in, and what becomes of those who send nonsense. */
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { FrameWriter } from '@faultline/protocol';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { Network } from './helpers/network.ts';

/** The HTTP status with which an attempt to join was answered. */
async function statusOf(url: string, headers: Record<string, string> = {}): Promise<number> {
  const socket = new WebSocket(url, { headers });
  const status = await new Promise<number>((resolve) => {
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode!));
    socket.on('open', () => resolve(101));
    socket.on('error', () => {});
  });
  socket.terminate();
  return status;
}

test('a process with the key of a member joins as that member', async () => {
  await using network = await Network.open();
  expect(await statusOf(network.url('n1'))).toBe(101);
});

test.each([
  ['no key', (url: string) => url.replace(/&key=.*/, '')],
  ['the key of another member', (url: string) => url.replace('name=n1', 'name=n2')],
  [
    'the key of another incarnation',
    (url: string) => url.replace('incarnation=1', 'incarnation=2'),
  ],
])('%s is refused with 401', async (_, change) => {
  await using network = await Network.open();
  expect(await statusOf(change(network.url('n1')))).toBe(401);
  expect(network.switchboard.member('n1')!.inbox.isUp).toBe(false);
});

test('an ended incarnation is rejected, even with its own key', async () => {
  await using network = await Network.open();
  network.restart('n1');
  expect(await statusOf(network.url('n1', 1))).toBe(401);
  expect(await statusOf(network.url('n1', 2))).toBe(101);
});

test.each([
  ['a web page', { origin: 'http://evil.example' }],
  ['a web page from another port', { origin: 'http://127.0.0.1' }],
  ['a request for another host', { host: 'evil.example' }],
])('%s is refused with 403', async (_, headers) => {
  await using network = await Network.open();
  expect(await statusOf(network.url('n1'), headers)).toBe(403);
});

test('a WebSocket library that sends the address of the router as its Origin is admitted', async () => {
  await using network = await Network.open();
  const origin = `http://127.0.0.1:${network.server.port}`;
  expect(await statusOf(network.url('n1'), { origin })).toBe(101);
});

test('a rejection states the reason in the status line', async () => {
  await using network = await Network.open();
  const socket = new WebSocket(network.url('n1').replace(/&key=.*/, ''));
  socket.on('error', () => {});
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  expect(response.statusMessage).toMatch(/^UNAUTHORIZED: the key does not belong to n1/);
  response.destroy();
});

test('a path other than /link is not found', async () => {
  await using network = await Network.open();
  expect(await statusOf(network.url('n1').replace('/link', '/'))).toBe(404);
});

test('bytes that are not a WebSocket disturb no member', async () => {
  await using network = await Network.open();
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  const socket = connect(network.server.port, '127.0.0.1');
  socket.on('error', () => {}).resume();
  socket.write(Buffer.alloc(4096, 0xff));
  await once(socket, 'close');
  n1.send('n2', 'hello');
  await n2.has(1);
});

test('a malformed binary frame ends that link, and no other', async () => {
  await using network = await Network.open();
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  const socket = new WebSocket(`${network.url('n3')}&format=binary`);
  await once(socket, 'open');
  socket.send(Buffer.from([0xfa, 1, 255, 255, 255, 255]));
  const [code, reason] = await once(socket, 'close');
  expect([code, String(reason)]).toEqual([
    1002,
    expect.stringMatching(/^malformed frame: .*expected/),
  ]);
  expect(network.events.map(({ kind }) => kind)).toContain('frame.refused');
  n1.send('n2', 'hello');
  await n2.has(1);
});

test('a malformed text frame is answered with what is wrong, and the link stays open', async () => {
  await using network = await Network.open();
  const n1 = await network.join('n1');
  const socket = new WebSocket(network.url('n3'));
  await once(socket, 'open');
  socket.send('{"dest": 5}');
  const [complaint] = await once(socket, 'message');
  expect(JSON.parse(String(complaint))).toMatchObject({
    src: 'router',
    dest: 'n3',
    body: { type: 'error', code: 12, text: expect.stringContaining('dest') },
  });
  socket.send(JSON.stringify({ dest: 'n1', body: { type: 'hello', text: 'grüß dich' } }));
  expect(await n1.has(1)).toMatchObject([
    { src: 'n3', body: { type: 'hello', text: 'grüß dich' } },
  ]);
  n1.send('n3', 'answer');
  const [answer] = await once(socket, 'message');
  expect(JSON.parse(String(answer))).toEqual({ src: 'n1', dest: 'n3', body: { type: 'answer' } });
  socket.close();
});

test('a body that is not JSON reaches a text member as a string, and disturbs no other message', async () => {
  await using network = await Network.open();
  const [sender, receiver] = [
    new WebSocket(`${network.url('n1')}&format=binary`),
    new WebSocket(network.url('n3')),
  ];
  await Promise.all([once(sender, 'open'), once(receiver, 'open')]);
  const writer = new FrameWriter();
  writer.append('n1', 'n3', { type: 'broken', text: 'x' }, 1, 1);
  const frame = Buffer.from(writer.take());
  frame.write('!', frame.length - 1);
  sender.send(frame);
  const [text] = await once(receiver, 'message');
  expect(JSON.parse(String(text))).toEqual({
    src: 'n1',
    dest: 'n3',
    body: '{"type":"broken","text":"x"!',
  });
  const n2 = await network.join('n2');
  n2.send('n3', 'whole');
  const [next] = await once(receiver, 'message');
  expect(JSON.parse(String(next)).body).toEqual({ type: 'whole' });
  sender.close();
  receiver.close();
});

test('a text member that joins again continues its count, so that no two messages share an id', async () => {
  await using network = await Network.open();
  const n1 = await network.join('n1');
  for (let times = 1; times <= 2; times++) {
    const socket = new WebSocket(network.url('n3'));
    await once(socket, 'open');
    socket.send(JSON.stringify({ dest: 'n1', body: { type: 'hello' } }));
    await n1.has(times);
    socket.close();
    await once(socket, 'close');
  }
  expect(network.fates().map(({ id, fate }) => [id, fate])).toEqual([
    ['n3.1.1', 'delivered'],
    ['n3.1.2', 'delivered'],
  ]);
});

test('a member that joins again replaces its earlier connection', async () => {
  await using network = await Network.open();
  const first = new WebSocket(network.url('n3'));
  await once(first, 'open');
  const n3 = await network.join('n3');
  expect(first.readyState === WebSocket.CLOSED || (await once(first, 'close'))[0] === 4002).toBe(
    true,
  );
  const n1 = await network.join('n1');
  n1.send('n3', 'hello');
  await n3.has(1);
});

/** Each is what a program may do to its connection, and how the router puts that. */
const endings: Readonly<
  Record<string, readonly [(socket: WebSocket) => void, { reason: string; isByMember: boolean }]>
> = {
  'a text frame of 5 MB': [
    (socket) => socket.send('x'.repeat(5e6)),
    { reason: 'it sent a frame of more than 4194304 bytes', isByMember: false },
  ],
  'a binary frame of nonsense': [
    (socket) => socket.send(Buffer.from([0xfa, 1, 255, 255, 255, 255])),
    { reason: expect.stringMatching(/^it sent a malformed frame: ./), isByMember: false },
  ],
  'a text frame that is not UTF-8': [
    (socket) => socket.send(Buffer.from([0xff, 0xfe]), { binary: false }),
    { reason: 'it sent a text frame that is not UTF-8', isByMember: false },
  ],
  'bytes that are no frame': [
    (socket) => rawOf(socket).write(Buffer.alloc(64, 0xff)),
    {
      reason: expect.stringMatching(/^it sent bytes that are not a WebSocket frame: ./),
      isByMember: false,
    },
  ],
  'the end of its half of the connection': [
    (socket) => rawOf(socket).end(),
    { reason: 'it ended its connection without a close frame', isByMember: true },
  ],
  'a reset': [
    (socket) => (rawOf(socket) as Socket).resetAndDestroy(),
    { reason: 'it ended its connection without a close frame', isByMember: true },
  ],
  'a close frame': [
    (socket) => socket.close(),
    { reason: 'it closed its connection', isByMember: true },
  ],
  'a close frame with a code and a text': [
    (socket) => socket.close(4321, 'enough'),
    { reason: 'it closed its connection (code 4321, enough)', isByMember: true },
  ],
};

/** The connection below the frames. */
function rawOf(socket: WebSocket): Duplex {
  return Reflect.get(socket, '_socket') as Duplex;
}

test.each(Object.entries(endings))(
  'says why a connection ended that was ended by %s',
  async (_, [end, closed]) => {
    await using network = await Network.open();
    const socket = new WebSocket(network.url('n3'));
    await once(socket, 'open');
    socket.on('error', () => {});
    end(socket);
    await once(socket, 'close');
    while (network.closed.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(network.closed).toEqual([{ name: 'n3', ...closed }]);
    expect(network.switchboard.member('n3')!.inbox.isUp).toBe(false);
  },
);

test('says that a member joined again, or is no longer one', async () => {
  await using network = await Network.open();
  const sockets = [new WebSocket(network.url('n3')), new WebSocket(network.url('n3'))];
  await Promise.all(sockets.map((socket) => once(socket, 'open')));
  expect(network.closed).toEqual([
    { name: 'n3', reason: 'it joined again over another connection', isByMember: false },
  ]);
  network.restart('n3');
  expect(network.closed[1]).toEqual({
    name: 'n3',
    reason: 'it is no longer a member',
    isByMember: false,
  });
});
