/**
 * The event stream: every event of the run, starting with past events; with `?follow=no` it ends with
 * the latest. A WebSocket gets one JSON text frame per event; any other request gets server-sent
 * events. A reader that does not keep up is disconnected.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { asFaultlineError, eventsPath, FaultlineError, toErrorBody } from '@faultline/protocol';
import type { FastifyInstance } from 'fastify';
import { WebSocketServer } from 'ws';
import type { Recorder } from '../state/recorder.ts';
import type { Guard } from './guard.ts';
import { ServerSentEvents, type StreamOptions } from './server-sent-events.ts';

const bufferedBytesMax = 8 * 1024 * 1024;
const closeTooSlow = 4008;
const closeGoingDown = 1001;
const lastEventsMsMax = 100;

/** `close` resolves when the last events are sent, or after a limit if readers do not read them. */
export function serveEvents(
  server: FastifyInstance,
  recorder: Recorder,
  gate: Guard,
): { close(): Promise<void> } {
  const sockets = serveWebSockets(server, recorder, gate);
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
      for (const socket of sockets.clients) socket.close(closeGoingDown, 'the cluster is down');
      sockets.close();
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

function serveWebSockets(
  { server }: FastifyInstance,
  recorder: Recorder,
  gate: Guard,
): WebSocketServer {
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: 4096,
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    try {
      gate.checkOrigin(request.headers);
      const url = readUrl(request.url);
      gate.checkToken(request.headers, url.searchParams.get('token'));
      if (url.pathname !== eventsPath) {
        throw new FaultlineError(
          'NOT_FOUND',
          `the event stream is at ${eventsPath}, not ${url.pathname}`,
        );
      }
      const { since, follows } = streamOptions(url.searchParams);
      sockets.handleUpgrade(request, socket, head, (ws) => {
        ws.on('error', () => {});
        for (const event of recorder.since(since)) ws.send(JSON.stringify(event));
        if (!follows) {
          ws.close();
          return;
        }
        const stop = recorder.listen((event) => {
          if (ws.bufferedAmount > bufferedBytesMax) ws.close(closeTooSlow, 'does not keep up');
          else ws.send(JSON.stringify(event));
        });
        ws.on('close', stop);
      });
    } catch (thrown) {
      const error = asFaultlineError(thrown);
      const body = JSON.stringify(toErrorBody(error));
      socket.end(
        `HTTP/1.1 ${error.status} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
      );
    }
  });
  return sockets;
}

function readUrl(text: string | undefined): URL {
  const path = text ?? '/';
  if (!URL.canParse(path, 'http://localhost')) {
    throw new FaultlineError('BAD_REQUEST', `expected a path, got ${path}`);
  }
  return new URL(path, 'http://localhost');
}
