/**
 * The OpenAPI document of the control API. It is made from a second server, which has the same routes and
 * never listens: what describes routes has to be there before they are, and takes longer to load than the
 * rest of a server that nobody asks for its document.
 */
import swagger from '@fastify/swagger';
import Fastify, { type FastifyInstance } from 'fastify';
import { CompileOnDemand } from './compile-on-demand.ts';
import { describeEvents } from './event-document.ts';

export async function openApiOf(
  registerApi: (server: FastifyInstance) => Promise<void>,
): Promise<object> {
  const server = Fastify({ schemaController: { compilersFactory: new CompileOnDemand() } });
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Faultline control API',
        description:
          'Drives one cluster. Every request needs the token of the cluster as a bearer token.',
        version: '1',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transformObject: (document) =>
      'openapiObject' in document ? describeEvents(document.openapiObject) : document.swaggerObject,
  });
  await server.register(registerApi);
  await server.ready();
  const document = server.swagger();
  await server.close();
  return document;
}
