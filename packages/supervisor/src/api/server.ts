/** The control API over HTTP: each route of the protocol's table, served by the cluster. */
import type { AddressInfo } from 'node:net';
import { isClusterVerb, isNodeVerb } from '@faultline/actions';
import { describeFaults } from '@faultline/faults';
import {
  asFaultlineError,
  eventsPath,
  FaultlineError,
  isDeeperThan,
  jsonDepthMax,
  type RouteName,
  toErrorBody,
} from '@faultline/protocol';
import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Cluster } from '../cluster.ts';
import type { Recorder } from '../state/recorder.ts';
import { cannotListen } from './cannot-listen.ts';
import { CompileOnDemand } from './compile-on-demand.ts';
import { serveDocs } from './docs.ts';
import { endpoints } from './endpoints.ts';
import { serveEvents } from './events.ts';
import { guard } from './guard.ts';
import { serveMetrics } from './metrics.ts';
import type { ServePage } from './page.ts';
import { pageHost } from './page-host.ts';
import { serveUpgrades, type Upgrades } from './upgrades.ts';

export interface ApiOptions {
  readonly cluster: Cluster;
  readonly recorder: Recorder;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly token: string;
  readonly onDown: () => void;
  /** The page, and the run that it shows. Default: no page, and `/` leads to the documentation. */
  readonly page?: { readonly serve: ServePage; readonly runDir: string } | undefined;
}

export interface Api {
  readonly url: string;
  close(): Promise<void>;
}

const bodyBytesMax = 2 * 1024 * 1024;
/** A selector may list hundreds of nodes. */
const paramCharsMax = 4096;
/** The documentation and the page's code need no token: they are the same for all clusters. */
const isOpen = (path: string): boolean =>
  path === '/' || path.startsWith('/docs') || path.startsWith('/page/') || path === '/openapi.json';

/** Throws PORT_IN_USE. */
export async function serveApi(options: ApiOptions): Promise<Api> {
  const { host, token, recorder } = options;
  const compilers = new CompileOnDemand();
  const server = Fastify({
    bodyLimit: bodyBytesMax,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: paramCharsMax },
    // Hooks do not see requests that cannot be routed, such as a path with an invalid escape.
    frameworkErrors: (thrown, _request, reply) => refuse(reply as FastifyReply, thrown),
    schemaController: { compilersFactory: compilers },
    ajv: { customOptions: { coerceTypes: 'array', removeAdditional: false } },
  });
  let url = '';
  const port = (): number => (server.server.address() as AddressInfo | null)?.port ?? 0;
  const gate = guard(host, port, token);

  server.addHook('onRequest', async (request) => {
    gate.checkOrigin(request.headers);
    const path = request.url.split('?')[0]!;
    // An EventSource cannot set headers.
    const { token: inQuery } = request.query as { readonly token?: unknown };
    const isText = path === eventsPath && typeof inQuery === 'string';
    if (!isOpen(path)) gate.checkToken(request.headers, isText ? inQuery : undefined);
    await compilers.load();
  });
  server.setErrorHandler((thrown: FastifyError | Error, _request, reply) => refuse(reply, thrown));
  server.setNotFoundHandler((request) => {
    throw new FaultlineError(
      'NOT_FOUND',
      `there is no ${request.method} ${request.url}; see /docs`,
      {
        method: request.method,
        url: request.url,
      },
    );
  });
  // A request with a JSON type and no body is treated as an empty object.
  server.removeContentTypeParser('application/json');
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    try {
      done(null, readBody(String(text)));
    } catch (error) {
      done(asFaultlineError(error));
    }
  });

  registerRoutes(server, options, () => url);
  serveMetrics(server, options.cluster, () => url);
  serveDocs(server);
  const upgrades: Upgrades = new Map();
  const events = serveEvents(server, recorder, upgrades);
  const { page } = options;
  if (page === undefined) server.get('/', async (_request, reply) => reply.redirect('/docs'));
  else page.serve(pageHost(server, upgrades, page.runDir));
  const sockets = serveUpgrades(server.server, gate, upgrades);
  try {
    await server.listen({ host, port: options.port });
  } catch (error) {
    throw cannotListen(error as NodeJS.ErrnoException, options);
  }
  const address = addressOf(host);
  url = `http://${address.includes(':') ? `[${address}]` : address}:${port()}`;
  return {
    url,
    async close() {
      sockets.close();
      await events.close();
      await server.close();
    },
  };
}

/** A server on all addresses is reachable from this machine through loopback. */
function addressOf(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  return host === '::' ? '::1' : host;
}

type Handle = (request: FastifyRequest) => unknown;

function registerRoutes(server: FastifyInstance, options: ApiOptions, url: () => string): void {
  const { cluster } = options;
  const nodes = (request: FastifyRequest): string => (request.params as { nodes: string }).nodes;
  const body = <T>(request: FastifyRequest): T => (request.body ?? {}) as T;
  const optionsOf = (request: FastifyRequest): object =>
    request.method === 'DELETE' ? (request.query as object) : body(request);
  const affected = async (change: Promise<unknown>): Promise<unknown> => ({ nodes: await change });
  const handlers: Record<RouteName, Handle> = {
    status: () => cluster.status(url()),
    stats: () => cluster.stats(),
    down: () => {
      setImmediate(options.onDown);
      return { done: true };
    },
    geographyInForce: () => cluster.geographyInForce(),
    faults: () => describeFaults(),
    rules: async () => ({ rules: await cluster.ruleReports() }),
    addRules: (request) =>
      cluster.addRules(body<{ rules: Record<string, unknown>[] }>(request).rules),
    dryRun: (request) => {
      const { rules, messages } = body<{ rules: Record<string, unknown>[]; messages?: number }>(
        request,
      );
      return cluster.dryRun(rules, messages);
    },
    removeRules: (request) => cluster.removeRules((request.params as { rules: string }).rules),
    held: (request) => cluster.held(request.query as object),
    call: (request) => {
      const call = body<{
        node: string;
        body: { type: string };
        timeout?: string;
        client?: string;
      }>(request);
      return cluster.call(call.node, call.body, call.timeout, call.client);
    },
    trace: async (request) => ({ events: await cluster.trace(request.query as object) }),
    logs: (request) =>
      cluster.logs(nodes(request), (request.query as { lines?: number }).lines ?? 100),
  };
  const handlerOf = (name: string): Handle => {
    if (isNodeVerb(name)) {
      return (request) => affected(cluster.perform(name, nodes(request), optionsOf(request)));
    }
    if (isClusterVerb(name)) return (request) => cluster.performOnCluster(name, optionsOf(request));
    return handlers[name as RouteName];
  };
  for (const { name, route, body: bodySchema, query, response } of endpoints) {
    server.route({
      method: route.method,
      url: route.path,
      schema: {
        ...(bodySchema && { body: bodySchema }),
        ...(query && { querystring: query }),
        response: { 200: response },
      },
      handler: async (request) => handlerOf(name)(request),
    });
  }
}

/** Throws BAD_REQUEST. */
function readBody(text: string): unknown {
  if (text === '') return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new FaultlineError('BAD_REQUEST', `the body is not JSON: ${(error as Error).message}`);
  }
  if (!isDeeperThan(body, jsonDepthMax)) return body;
  throw new FaultlineError(
    'BAD_REQUEST',
    `the body is nested too deeply: expected at most ${jsonDepthMax} levels`,
    { depthMax: jsonDepthMax },
  );
}

function refuse(reply: FastifyReply, thrown: FastifyError | Error): void {
  const error = readError(thrown);
  void reply.code(error.status).send(toErrorBody(error));
}

function readError(thrown: FastifyError | Error): FaultlineError {
  const { code, statusCode } = thrown as Partial<FastifyError>;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new FaultlineError(
      'BODY_TOO_LARGE',
      `the body of the request is too large: expected at most ${bodyBytesMax} bytes`,
      { bytesMax: bodyBytesMax },
    );
  }
  if (code === 'FST_ERR_MAX_PARAM_LENGTH') {
    return new FaultlineError(
      'BAD_REQUEST',
      `a name or selector in the path is too long: expected at most ${paramCharsMax} characters`,
      { charsMax: paramCharsMax },
    );
  }
  // All other 4xx errors of Fastify mean that the request is invalid.
  const isOfRequest = statusCode !== undefined && statusCode >= 400 && statusCode < 500;
  if (isOfRequest && code?.startsWith('FST_')) {
    return new FaultlineError('BAD_REQUEST', thrown.message);
  }
  return asFaultlineError(thrown);
}
