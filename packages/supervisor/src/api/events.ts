/**
 * The event stream: every event of the run, starting with past events; with `?follow=no` it ends with
 * the latest. A WebSocket gets one JSON text frame per event; any other request gets server-sent
 * events. A reader that does not keep up is disconnected.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { eventsPath, FaultlineError } from '@faultline/protocol';
import type { FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import type { Recorder } from '../state/recorder.ts';
import { ServerSentEvents, type StreamOptions } from './server-sent-events.ts';
import type { Upgrades } from './upgrades.ts';

const bufferedBytesMax = 8 * 1024 * 1024;
const closeTooSlow = 4008;
const lastEventsMsMax = 100;

/** `close` resolves when the last events are sent, or after a limit if readers do not read them. */
export function serveEvents(
  server: FastifyInstance,
  recorder: Recorder,
  upgrades: Upgrades,
): { close(): Promise<void> } {
  upgrades.set(eventsPath, (url) => {
    const { since, follows } = streamOptions(url.searchParams);
    return (socket) => sendEvents(socket, recorder, since, follows);
  });
  const streams = new Set<ServerSentEvents>();
  server.get(eventsPath, { exposeHeadRoute: false }, (request, reply) => {
    const options = streamOptions(
      new URLSearchParams(request.url.split('?')[1]),
      request.headers['last-event-id'],
    );
    reply.hijack();
    const stream = new ServerSentEvents(recorder, reply.raw, options);
    streams.add(stream);
    reply.raw.on('close', () => streams.delete(stream));
  });
  return {
    async close() {
      const ended = Promise.all([...streams].map((stream) => stream.end()));
      await Promise.race([ended, sleep(lastEventsMsMax, undefined, { ref: false })]);
    },
  };
}

/** The range of events that a request selects. Throws BAD_REQUEST. */
function streamOptions(query: URLSearchParams, lastEventId?: unknown): StreamOptions {
  const text = lastEventId ?? query.get('since') ?? 0;
  const since = Number(text);
  if (!Number.isSafeInteger(since) || since < 0) {
    const name = lastEventId === undefined ? 'since' : 'Last-Event-ID';
    throw new FaultlineError(
      'BAD_REQUEST',
      `${name}: expected the number of an event, got ${text}`,
    );
  }
  return { since, follows: query.get('follow') !== 'no' };
}

function sendEvents(socket: WebSocket, recorder: Recorder, since: number, follows: boolean): void {
  for (const event of recorder.since(since)) socket.send(JSON.stringify(event));
  if (!follows) {
    socket.close();
    return;
  }
  const stop = recorder.listen((event) => {
    if (socket.bufferedAmount > bufferedBytesMax) socket.close(closeTooSlow, 'does not keep up');
    else socket.send(JSON.stringify(event));
  });
  socket.on('close', stop);
}
