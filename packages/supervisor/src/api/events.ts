/**
 * The event stream: a WebSocket that gets every event of the run, one JSON text frame each, starting
 * with those it has missed; with `?follow=no` it ends with the latest. A listener that does not read
 * is let go rather than waited for.
 */
import type { Server } from 'node:http';
import { asFaultlineError, eventsPath, FaultlineError, toErrorBody } from '@faultline/protocol';
import { WebSocketServer } from 'ws';
import type { Recorder } from '../state/recorder.ts';
import type { Guard } from './guard.ts';

const bufferedBytesMax = 8 * 1024 * 1024;
const closeTooSlow = 4008;
const closeGoingDown = 1001;

export function serveEvents(server: Server, recorder: Recorder, gate: Guard): { close(): void } {
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
      const since = Number(url.searchParams.get('since') ?? 0);
      if (!Number.isSafeInteger(since) || since < 0) {
        throw new FaultlineError('BAD_REQUEST', `since is the number of an event, not ${since}`);
      }
      sockets.handleUpgrade(request, socket, head, (ws) => {
        ws.on('error', () => {});
        for (const event of recorder.since(since)) ws.send(JSON.stringify(event));
        if (url.searchParams.get('follow') === 'no') {
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
  return {
    close() {
      for (const socket of sockets.clients) socket.close(closeGoingDown, 'the cluster is down');
      sockets.close();
    },
  };
}

function readUrl(text: string | undefined): URL {
  const path = text ?? '/';
  if (!URL.canParse(path, 'http://localhost')) {
    throw new FaultlineError('BAD_REQUEST', `expected a path, got ${path}`);
  }
  return new URL(path, 'http://localhost');
}
