/** The OpenAPI document of the control API, derived from its routes and their schemas. Pure. */
import { eventSchemas } from '@faultline/actions';
import { ERROR_KINDS, type ErrorCode, eventsPath, pathParameters } from '@faultline/protocol';
import { apiError, Components } from './components.ts';
import { type Endpoint, endpoints } from './endpoints.ts';
import { eventsOperation, queryToken } from './event-document.ts';
import { metricsOperation, metricsPath } from './metrics.ts';

export function openApiDocument(): object {
  const components = new Components();
  const paths: Record<string, Record<string, object>> = {};
  for (const endpoint of endpoints) {
    const { path, method } = endpoint.route;
    const name = path.replaceAll(/:(\w+)/g, '{$1}');
    paths[name] = { ...paths[name], [method.toLowerCase()]: operationOf(endpoint, components) };
  }
  paths[metricsPath] = { get: withErrors(metricsOperation, [], components) };
  paths[eventsPath] = { get: withErrors(eventsOperation, ['BAD_REQUEST'], components) };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Faultline control API',
      description:
        "Controls one cluster. Every request needs the cluster's token as a bearer token.",
      version: '1',
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' }, queryToken },
      schemas: { ...components.schemas, ...eventSchemas() },
    },
  };
}

function operationOf(endpoint: Endpoint, components: Components): object {
  const { name, route, body, query, response } = endpoint;
  const parameters = [...inPath(route.path), ...inQuery(query, components)];
  const responses = {
    200: {
      description: 'success: the requested data, or the result of the change',
      content: { 'application/json': { schema: components.refer(response) } },
    },
  };
  const operation = {
    operationId: name,
    summary: route.summary,
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: needsBody(body),
        content: { 'application/json': { schema: components.refer(body) } },
      },
    }),
    responses,
  };
  return withErrors(operation, errorsOf(endpoint), components);
}

type ParameterName = keyof typeof pathParameters;
const isDescribed = (name: string): name is ParameterName => Object.hasOwn(pathParameters, name);

const namesInPath = (path: string): string[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!);

function inPath(path: string): object[] {
  return namesInPath(path).map((name) => {
    if (!isDescribed(name)) throw new Error(`:${name} of ${path} has no description`);
    const { description, examples } = pathParameters[name];
    const schema = { type: 'string', minLength: 1, examples };
    return { name, in: 'path', required: true, description, schema };
  });
}

interface ObjectSchema {
  readonly properties?: Readonly<Record<string, { readonly description?: string }>>;
  readonly required?: readonly string[];
  readonly minProperties?: number;
}

function inQuery(query: ObjectSchema = {}, components: Components): object[] {
  return Object.entries(query.properties ?? {}).map(([name, { description, ...schema }]) => ({
    name,
    in: 'query',
    required: query.required?.includes(name) ?? false,
    ...(description !== undefined && { description }),
    schema: components.refer(schema),
  }));
}

const needsBody = ({ required = [], minProperties = 0 }: ObjectSchema): boolean =>
  required.length > 0 || minProperties > 0;

/** Errors that every route can return. */
const always: readonly ErrorCode[] = ['UNAUTHORIZED', 'FOREIGN_HOST', 'FOREIGN_ORIGIN'];

function errorsOf({ route, body, query, errors = [] }: Endpoint): readonly ErrorCode[] {
  const names = namesInPath(route.path);
  return [
    ...(names.includes('nodes') ? (['BAD_SELECTOR', 'NODE_UNKNOWN'] as const) : []),
    ...(names.includes('rules') ? (['NOT_FOUND'] as const) : []),
    ...(body || query ? (['BAD_REQUEST'] as const) : []),
    ...(body ? (['BODY_TOO_LARGE'] as const) : []),
    ...errors,
  ];
}

/** Adds the error responses by status, with the meaning of each error code. */
function withErrors(
  operation: { readonly responses: object },
  errors: readonly ErrorCode[],
  components: Components,
): object {
  const content = { 'application/json': { schema: components.refer(apiError) } };
  const meanings = new Map<number, string[]>();
  for (const code of new Set([...always, ...errors])) {
    const { status, meaning } = ERROR_KINDS[code];
    meanings.set(status, [...(meanings.get(status) ?? []), `\`${code}\`: ${meaning}`]);
  }
  const refusals = [...meanings].map(([status, each]) => [
    status,
    { description: each.join('; '), content },
  ]);
  const others = { default: { description: 'any other error; see its code', content } };
  return {
    ...operation,
    responses: { ...operation.responses, ...Object.fromEntries(refusals), ...others },
  };
}
