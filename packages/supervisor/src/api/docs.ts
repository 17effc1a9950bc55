/**
 * The OpenAPI document at /openapi.json, and a page for it at /docs. The page's files come from
 * @fastify/swagger-ui and are read on demand, so that the start of a cluster does not wait for a page
 * that most users never open.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { FaultlineError } from '@faultline/protocol';
import type { FastifyInstance } from 'fastify';

const files: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css',
  'swagger-ui-bundle.js': 'text/javascript',
  'favicon-32x32.png': 'image/png',
};

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Faultline control API</title>
<link rel="icon" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<div id="api"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</html>
`;

/** The token is in the page's URL fragment, which browsers never send. */
const start = `const ui = SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#api',
  onComplete() {
    const token = new URLSearchParams(location.hash.slice(1)).get('token');
    if (token) ui.preauthorizeApiKey('token', token);
  },
});
`;

export function serveDocs(server: FastifyInstance): void {
  let document: object | undefined;
  server.get('/openapi.json', async () => {
    document ??= (await import('./openapi.ts')).openApiDocument();
    return document;
  });
  server.get('/docs', async (_request, reply) => {
    reply.header(
      'content-security-policy',
      "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:",
    );
    return reply.type('text/html').send(page);
  });
  server.get('/docs/start.js', async (_request, reply) =>
    reply.type('text/javascript').send(start),
  );
  server.get<{ Params: { file: string } }>('/docs/:file', async (request, reply) => {
    const { file } = request.params;
    const type = Object.hasOwn(files, file) ? files[file] : undefined;
    if (type === undefined) throw new FaultlineError('NOT_FOUND', `/docs has no ${file}`, { file });
    const path = createRequire(import.meta.url).resolve(`@fastify/swagger-ui/static/${file}`);
    return reply.type(type).send(await readFile(path));
  });
}
