/** The WebSockets of the API, by path, for clients with the token. */
import type { Server } from 'node:http';
import { asFaultlineError, FaultlineError, toErrorBody } from '@faultline/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Guard } from './guard.ts';

/** Returns what is done with the socket; throws what is wrong with the request. */
export type Upgrade = (url: URL) => (socket: WebSocket) => void;
/** By path. */
export type Upgrades = Map<string, Upgrade>;

const closeGoingDown = 1001;

/** The token is in the query, because a browser cannot set headers. */
export function serveUpgrades(
  server: Server,
  gate: Guard,
  upgrades: ReadonlyMap<string, Upgrade>,
): { close(): void } {
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
      const upgrade = upgrades.get(url.pathname);
      if (upgrade === undefined) {
        const paths = [...upgrades.keys()].join(', ');
        throw new FaultlineError('NOT_FOUND', `WebSockets are at ${paths}, not ${url.pathname}`);
      }
      const connect = upgrade(url);
      sockets.handleUpgrade(request, socket, head, (ws) => {
        ws.on('error', () => {});
        connect(ws);
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
