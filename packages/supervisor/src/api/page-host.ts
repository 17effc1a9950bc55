/** A server of Fastify as what a page needs of it. */
import type { FastifyInstance } from 'fastify';
import type { PageHost } from './page.ts';
import type { Upgrades } from './upgrades.ts';

export function pageHost(server: FastifyInstance, upgrades: Upgrades, runDir: string): PageHost {
  return {
    runDir,
    get(path, answer) {
      server.get(path, async (request, reply) => {
        const { type, body, headers = {} } = await answer(request.query as Record<string, unknown>);
        return reply.headers(headers).type(type).send(body);
      });
    },
    connect(path, accept) {
      upgrades.set(path, () => (socket) => {
        accept({
          send: (frame) => socket.send(frame),
          close: (code, reason) => socket.close(code, reason),
          onMessage: (listener) => socket.on('message', (data) => listener(String(data))),
          onClose: (listener) => socket.on('close', listener),
        });
      });
    },
  };
}
