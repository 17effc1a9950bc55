/** Serves the page of a recorded run, without a cluster: on loopback, with a token of its own. */
import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { asFaultlineError, toErrorBody } from '@faultline/protocol';
import Fastify from 'fastify';
import { cannotListen } from './cannot-listen.ts';
import { guard } from './guard.ts';
import type { ServePage } from './page.ts';
import { pageHost } from './page-host.ts';
import { serveUpgrades, type Upgrades } from './upgrades.ts';

export interface ServedRun {
  readonly url: string;
  readonly token: string;
  close(): Promise<void>;
}

const host = '127.0.0.1';
const tokenBytes = 24;

/** `port` 0: any free one. Throws PORT_IN_USE. */
export async function serveRecordedRun(
  runDir: string,
  page: ServePage,
  port: number,
): Promise<ServedRun> {
  const token = randomBytes(tokenBytes).toString('base64url');
  const server = Fastify({ forceCloseConnections: true });
  const portNow = (): number => (server.server.address() as AddressInfo | null)?.port ?? 0;
  const gate = guard(host, portNow, token);
  server.addHook('onRequest', async ({ headers, url }) => {
    gate.checkOrigin(headers);
    if (url.startsWith('/v1/')) gate.checkToken(headers);
  });
  server.setErrorHandler((thrown: Error, _request, reply) => {
    const error = asFaultlineError(thrown);
    return reply.code(error.status).send(toErrorBody(error));
  });
  const upgrades: Upgrades = new Map();
  page(pageHost(server, upgrades, runDir));
  const sockets = serveUpgrades(server.server, gate, upgrades);
  try {
    await server.listen({ host, port });
  } catch (error) {
    throw cannotListen(error as NodeJS.ErrnoException, { host, port });
  }
  return {
    url: `http://${host}:${portNow()}`,
    token,
    async close() {
      sockets.close();
      await server.close();
    },
  };
}
