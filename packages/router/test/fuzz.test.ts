/**
 * Members that do whatever the protocol lets them: join as text or binary, and again as the other, with
 * any number, send frames of either kind, well-formed and not, under any name, number and body.
 */
import { once } from 'node:events';
import { FrameWriter, writeU48 } from '@faultline/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { draws } from '../../../test/helpers/draws.ts';
import { Network } from './helpers/network.ts';

const numbers = [0, 1, 2, 3, 5, 2 ** 32, 2 ** 47 - 1, 2 ** 47, 2 ** 47 + 1, 2 ** 48 - 1];
const bodies = [
  '{"type":"m"}',
  '{"type":"m","msg_id":1}',
  '{"type":"m"},"src":"n2","x":{}',
  '1,"body":{"type":"m"},"src":"n2"',
  '"',
  '',
  '{"type":"m"}}{"src":"n2"',
  'null',
  '[1',
];
const who = fc.constantFrom('n1', 'n2', 'n3', 'router', 'nobody');
const seq = fc.constantFrom(...numbers);

const steps = fc.oneof(
  fc.record({
    do: fc.constant('join' as const),
    isText: fc.boolean(),
    seq: fc.constantFrom(...numbers.filter((number) => number <= 2 ** 47)),
  }),
  fc.record({ do: fc.constant('close' as const) }),
  fc.record({
    do: fc.constant('binary' as const),
    src: fc.oneof({ weight: 4, arbitrary: fc.constant('n1') }, who),
    dest: who,
    seq,
    incarnation: fc.constantFrom(1, 1, 1, 0, 2, 2 ** 32 - 1),
    body: fc.constantFrom(...bodies),
    cutAt: fc.option(fc.nat(60), { freq: 8 }),
  }),
  fc.record({
    do: fc.constant('text' as const),
    src: fc.option(who),
    dest: who,
    body: fc.constantFrom(...bodies),
  }),
);

/** Frames as a member might make them that has not our writer: any number, any bytes as a body. */
function frameOf(
  src: string,
  dest: string,
  seq: number,
  incarnation: number,
  body: string,
): Buffer {
  const writer = new FrameWriter();
  writer.append(src, dest, { type: 'm' }, incarnation, 1);
  const template = Buffer.from(writer.take());
  const head = template.subarray(0, template.length - '{"type":"m"}'.length);
  const frame = Buffer.concat([head, Buffer.from(body)]);
  frame.writeUInt32LE(frame.length - 6, 2);
  // Length, flags, lengths of names, incarnation: the number follows.
  writeU48(frame, seq, 2 + 4 + 8);
  return frame;
}

test('the router survives any input, and each message has its real sender', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(steps, { minLength: 3, maxLength: 40 }), async (drawn) => {
      await using network = await Network.open({ members: ['n1', 'n2', 'n3', 'n4'] });
      const n2 = await network.join('n2');
      const n3 = new WebSocket(network.url('n3'));
      await once(n3, 'open');
      const seen: unknown[] = [];
      n3.on('message', (data) => seen.push(JSON.parse(String(data)).src));
      n2.onReader = ({ src }) => void seen.push(src);
      let socket: WebSocket | undefined;
      const sockets: WebSocket[] = [];
      for (const step of drawn) {
        if (step.do === 'join') {
          const format = step.isText ? 'text' : 'binary';
          socket = new WebSocket(`${network.url('n1')}&format=${format}&seq=${step.seq}`);
          socket.on('error', () => {});
          sockets.push(socket);
          await once(socket, 'open');
        } else if (socket?.readyState !== WebSocket.OPEN) continue;
        else if (step.do === 'close') socket.close();
        else if (step.do === 'text') {
          const src = step.src === null ? '' : `"src":"${step.src}",`;
          socket.send(`{${src}"dest":"${step.dest}","body":${step.body}}`);
        } else {
          const { src, dest, incarnation, body, cutAt } = step;
          const frame = frameOf(src, dest, step.seq, incarnation, body);
          socket.send(cutAt === null ? frame : frame.subarray(0, cutAt));
        }
      }
      // Pongs come after all that was sent before: then the router has dealt with it, and lives.
      for (const each of [...sockets, n3]) await isRead(each);
      const n4 = await network.join('n4');
      n4.send('n2', 'last');
      n4.send('n3', 'last');
      await until(() => n2.received.some(({ src }) => src === 'n4') && seen.includes('n4'));
      await isRead(n3);
      expect(seen.filter((src) => src !== 'n1' && src !== 'n4' && src !== 'router')).toEqual([]);
      for (const each of sockets) each.terminate();
      n3.terminate();
    }),
    { numRuns: draws(60) },
  );
});

test('a number above the limit is rejected, and its text member stays connected', async () => {
  await using network = await Network.open();
  const n2 = await network.join('n2');
  const binary = new WebSocket(`${network.url('n1')}&format=binary`);
  await once(binary, 'open');
  binary.send(frameOf('n1', 'n2', 2 ** 48 - 1, 1, '{"type":"m"}'));
  await until(() => network.events.length > 0);
  expect(network.events[0]).toMatchObject({
    kind: 'message.refused',
    facts: { reason: `its number ${2 ** 48 - 1} is above ${2 ** 47}` },
  });
  const text = new WebSocket(network.url('n1'));
  await once(text, 'open');
  text.send('{"dest":"n2","body":{"type":"hello"}}');
  // Both kinds of frames over one connection are numbered in one series.
  text.send(frameOf('n1', 'n2', 7, 1, '{"type":"m"}'));
  text.send('{"dest":"n2","body":{"type":"bye"}}');
  await until(() => n2.received.length === 3);
  expect(network.fates().flatMap(({ fate, seq }) => (fate === 'delivered' ? seq : []))).toEqual([
    1, 7, 8,
  ]);
});

/** Everything that was sent over the socket has been read, or the socket is closed. */
async function isRead(socket: WebSocket): Promise<void> {
  if (socket.readyState === WebSocket.CLOSED) return;
  const isOver = Promise.race([once(socket, 'pong'), once(socket, 'close')]);
  if (socket.readyState === WebSocket.OPEN) socket.ping();
  await isOver;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1));
}
