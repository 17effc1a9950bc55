/**
 * One end of a measurement: the real host of a node (clock, stamps, codec, link) without a
 * supervisor. Controlled over IPC. In the direct setting one end listens and the other joins it
 * as it would join a router, so both settings run the same code at both ends.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { skewed } from '@faultline/clocks';
import { Link } from '@faultline/link';
import { HostClock } from '@faultline/node/clock';
import { type Body, FrameReader, FrameWriter, type StampsToWrite } from '@faultline/protocol';
import { trueNowMs } from '@faultline/recording';
import { WebSocket, WebSocketServer } from 'ws';

export type ToWorker =
  | { readonly do: 'join'; readonly name: string; readonly url: string }
  | { readonly do: 'listen'; readonly name: string }
  | { readonly do: 'stream'; readonly dest: string; readonly count: number }
  /** Joins, and sends as much as the socket takes until the process ends. */
  | { readonly do: 'flood'; readonly name: string; readonly url: string; readonly dest: string }
  | { readonly do: 'pingpong'; readonly dest: string; readonly count: number }
  | {
      readonly do: 'pace';
      readonly dest: string;
      readonly perSecond: number;
      readonly count: number;
      readonly askedMs: number;
    };

export type FromWorker =
  | { readonly is: 'up'; readonly url?: string }
  | { readonly is: 'streamed'; readonly ms: number }
  | { readonly is: 'pingponged'; readonly roundTripsMs: readonly number[] }
  | { readonly is: 'paced'; readonly latenessMs: readonly number[] };

const windowMessages = 1024;
const ackEvery = 256;
const floodMessages = 20_000;
/** Makes the JSON of a streamed body 150 bytes, whatever its number. */
const bodyOf = (n: number): Body => {
  const number = String(n).padStart(8, '0');
  return { type: 'stream', n: number, text: 'x'.repeat(150 - 46) };
};

const epoch = { trueMs: trueNowMs(), wallMs: Date.now() };
let name = '';
let clock: HostClock;
let sendRaw: (dest: string, body: Body, stamps: StampsToWrite) => void;
let onReply: (message: FrameReader, body: Body) => void = () => {};
let received = 0;
const latenessMs: number[] = [];

function report(message: FromWorker): void {
  process.send!(message);
}

function send(dest: string, body: Body): void {
  sendRaw(dest, body, clock.tick());
}

function receive(message: FrameReader): void {
  clock.observe(message);
  const body = message.body();
  switch (message.type) {
    case 'stream':
      if (++received % ackEvery === 0) send(message.src, { type: 'ack', received });
      break;
    case 'ping':
      send(message.src, { type: 'pong', in_reply_to: body.msg_id! });
      break;
    case 'paced':
      latenessMs.push(trueNowMs() - message.stamps()!.trueMs - Number(body.askedMs));
      if (body.isLast) send(message.src, { type: 'lateness', latenessMs: latenessMs.splice(0) });
      break;
    default:
      onReply(message, body);
  }
}

function join(url: string): void {
  const link = new Link({
    url,
    name,
    incarnation: 1,
    onMessage: receive,
    onUp: () => report({ is: 'up' }),
  });
  sendRaw = (dest, body, stamps) => link.send(dest, body, stamps);
}

function listen(): void {
  const http = createServer();
  const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
  sockets.on('connection', (socket) => {
    const writer = new FrameWriter();
    const reader = new FrameReader();
    let seq = 0;
    let isPending = false;
    sendRaw = (dest, body, stamps) => {
      writer.append(name, dest, body, 1, ++seq, stamps);
      if (isPending) return;
      isPending = true;
      setImmediate(() => {
        isPending = false;
        socket.send(writer.take(), { binary: true, compress: false });
      });
    };
    socket.on('message', (data: Buffer) => {
      reader.open(data);
      while (reader.next()) receive(reader);
    });
  });
  http.listen(0, '127.0.0.1', () => {
    report({ is: 'up', url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/` });
  });
}

/** Sends as fast as the window of unacknowledged messages lets it. */
function stream(dest: string, count: number): void {
  const startMs = trueNowMs();
  let sent = 0;
  const fill = (acknowledged: number): void => {
    while (sent < count && sent - acknowledged < windowMessages) send(dest, bodyOf(++sent));
  };
  const before = { base: -1 };
  onReply = (_, body) => {
    const total = Number(body.received);
    if (before.base < 0) before.base = total - ackEvery;
    const acknowledged = total - before.base;
    if (acknowledged === count) report({ is: 'streamed', ms: trueNowMs() - startMs });
    else fill(acknowledged);
  };
  fill(0);
}

/** Frames that are made once: one that sends them is faster than any router. Only the first is new. */
function flood(name: string, url: string, dest: string): void {
  const writer = new FrameWriter();
  for (let n = 1; n <= floodMessages; n++) writer.append(name, dest, { type: 'flood', n }, 1, n);
  const frame = Buffer.from(writer.take());
  const socket = new WebSocket(`${url}&format=binary`);
  const pump = (): void => {
    while (socket.bufferedAmount < 4 * frame.length) socket.send(frame);
    setTimeout(pump, 1);
  };
  socket.on('open', () => {
    pump();
    report({ is: 'up' });
  });
}

function pingpong(dest: string, count: number): void {
  const roundTripsMs: number[] = [];
  let startMs = 0;
  const ping = (): void => {
    startMs = trueNowMs();
    send(dest, { type: 'ping', msg_id: roundTripsMs.length + 1 });
  };
  onReply = () => {
    roundTripsMs.push(trueNowMs() - startMs);
    if (roundTripsMs.length === count) report({ is: 'pingponged', roundTripsMs });
    // A single message: no other message is in flight when it leaves.
    else setTimeout(ping, 0);
  };
  ping();
}

function pace(dest: string, perSecond: number, count: number, askedMs: number): void {
  const startMs = trueNowMs();
  let sent = 0;
  onReply = (_, body) => report({ is: 'paced', latenessMs: body.latenessMs as number[] });
  const tick = (): void => {
    const due = Math.min(count, Math.floor(((trueNowMs() - startMs) / 1000) * perSecond));
    while (sent < due) send(dest, { type: 'paced', askedMs, isLast: ++sent === count });
    if (sent < count) setTimeout(tick, 1);
  };
  tick();
}

process.on('message', (message: ToWorker) => {
  switch (message.do) {
    case 'join':
    case 'listen':
      name = message.name;
      clock = new HostClock(name, skewed.perfect(epoch), true);
      if (message.do === 'join') join(message.url);
      else listen();
      break;
    case 'stream':
      stream(message.dest, message.count);
      break;
    case 'pingpong':
      pingpong(message.dest, message.count);
      break;
    case 'flood':
      flood(message.name, message.url, message.dest);
      break;
    case 'pace':
      pace(message.dest, message.perSecond, message.count, message.askedMs);
  }
});
process.on('disconnect', () => process.exit(0));
