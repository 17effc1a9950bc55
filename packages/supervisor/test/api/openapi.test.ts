/** The API document, as a client generator reads it. */
import { clusterVerbNames, nodeVerbNames } from '@faultline/actions';
import { ERROR_KINDS, routes } from '@faultline/protocol';
import { expect, test } from 'vitest';
import { openApiDocument } from '../../src/api/openapi.ts';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: { readonly description?: string; readonly type?: string };
}

interface Response {
  readonly description: string;
  readonly content?: Readonly<Record<string, { readonly schema: { readonly $ref?: string } }>>;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: object };
  readonly responses: Readonly<Record<string, Response>>;
}

interface ApiDocument {
  readonly openapi: string;
  readonly info: object;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

// As it crosses the network.
const document = JSON.parse(JSON.stringify(openApiDocument())) as ApiDocument;
const { schemas } = document.components;
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
);
const find = (id: string): Operation =>
  operations.find(({ operation }) => operation.operationId === id)!.operation;

interface Found {
  readonly at: string;
  readonly value: object;
}

/** Every object in a value, with its path. */
function* objectsIn(value: unknown, at = ''): Generator<Found> {
  if (typeof value !== 'object' || value === null) return;
  yield { at, value };
  for (const [key, inside] of Object.entries(value)) yield* objectsIn(inside, `${at}/${key}`);
}

test('the API document has all that OpenAPI 3.1 requires of a document and of an operation', () => {
  expect(document).toMatchObject({
    openapi: '3.1.0',
    info: { title: expect.any(String), version: expect.any(String) },
  });
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { path, method, operation } of operations) {
    expect(path).toMatch(/^\/(?:[\w-]+|\{\w+\})(?:\/(?:[\w-]+|\{\w+\}))*$/);
    expect(['get', 'post', 'delete']).toContain(method);
    expect(operation.summary).toMatch(/^[A-Z]/);
    const keys = (operation.parameters ?? []).map((each) => `${each.in} ${each.name}`);
    expect(new Set(keys).size).toBe(keys.length);
    for (const [status, response] of Object.entries(operation.responses)) {
      expect(status).toMatch(/^(?:[1-5]\d\d|default)$/);
      expect(response.description).not.toBe('');
    }
  }
});

test('the API document lists every route of the table and every verb once', () => {
  const ids = operations.map(({ operation }) => operation.operationId);
  expect(ids.sort()).toEqual(
    [...Object.keys(routes), ...nodeVerbNames, ...clusterVerbNames, 'events', 'metrics'].sort(),
  );
});

test.each(operations)(
  '$method $path describes each parameter of its path',
  ({ path, operation }) => {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const described = (operation.parameters ?? []).filter((each) => each.in === 'path');
    expect(described.map(({ name }) => name)).toEqual(inPath);
    for (const { required, description, schema } of described) {
      expect(required).toBe(true);
      expect(description).toMatch(/^[A-Z].*\.$/);
      expect(schema.type).toBe('string');
    }
  },
);

test('the API document describes the values of a node selector', () => {
  const [nodes] = find('pause').parameters!;
  for (const form of ['n1-n3', 'all', 'leader', 'random:2', 'majority', 'minority']) {
    expect(nodes!.description).toContain(`\`${form}\``);
  }
});

test('every reference resolves to a component, and every component is referenced', () => {
  const refs = [...objectsIn(document)].flatMap(({ value }) =>
    '$ref' in value ? [String(value.$ref)] : [],
  );
  expect(refs.filter((ref) => !/^#\/components\/schemas\/\w+$/.test(ref))).toEqual([]);
  const named = new Set(refs.map((ref) => ref.split('/').at(-1)!));
  expect([...named].sort()).toEqual(Object.keys(schemas).sort());
});

test('no object schema is repeated: each has a name', () => {
  const places = new Map<string, string[]>();
  for (const { at, value } of objectsIn(document)) {
    const { properties = {} } = value as { properties?: object };
    // Object schemas belong in components.
    if (Object.keys(properties).length < 2 || /^\/components\/schemas\/\w+$/.test(at)) continue;
    const text = JSON.stringify(value);
    places.set(text, [...(places.get(text) ?? []), at]);
  }
  expect([...places.values()].filter((each) => each.length > 1)).toEqual([]);
  const inline = new Set(places.keys());
  const twice = Object.entries(schemas).filter(([, schema]) => inline.has(JSON.stringify(schema)));
  expect(twice.map(([name]) => name)).toEqual([]);
});

test.each(['NodeStatus', 'RuleStatus', 'Affected', 'ClusterStatus', 'RulesChanged', 'ApiError'])(
  '%s is a component',
  (name) => {
    expect(schemas).toHaveProperty(name);
  },
);

test('an action takes the options of its verb and answers with the nodes', () => {
  const content = (ref: string) => ({
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${ref}` } } },
  });
  const { requestBody, responses } = find('slow');
  expect(responses).toMatchObject({ 200: content('Affected') });
  expect(requestBody).toMatchObject(content('SlowOptions'));
  expect(find('pause').requestBody).toBeUndefined();
  expect(find('hang').requestBody!.required).toBe(true);
  expect(find('slow').requestBody!.required).toBe(false);
});

test.each(operations)('$method $path lists the errors that it answers with', ({ operation }) => {
  const errors = Object.entries(operation.responses).filter(
    ([status]) => status === 'default' || Number(status) >= 400,
  );
  expect(errors.map(([status]) => status)).toEqual(
    expect.arrayContaining(['401', '403', 'default']),
  );
  for (const [status, { description, content }] of errors) {
    expect(content!['application/json']!.schema.$ref).toBe('#/components/schemas/ApiError');
    if (status === 'default') continue;
    const codes = [...description.matchAll(/`([A-Z_]+)`/g)].map(([, code]) => code!);
    expect(codes).not.toEqual([]);
    for (const code of codes) expect(ERROR_KINDS).toHaveProperty([code, 'status'], Number(status));
  }
});

test('errors follow from the contents of a request and the targets of its verb', () => {
  const answerOf = (id: string, status: number): string =>
    find(id).responses[status]?.description ?? '';
  expect(answerOf('pause', 404)).toContain('NODE_UNKNOWN');
  expect(answerOf('pause', 409)).toContain('NODE_NOT_RUNNING');
  expect(answerOf('slow', 409)).toBe('');
  expect(answerOf('hang', 409)).toContain('NODE_CANNOT');
  expect(answerOf('removeRules', 404)).toContain('NOT_FOUND');
  expect(answerOf('status', 400)).toBe('');
  expect(answerOf('call', 504)).toContain('CALL_UNKNOWN');
});

test('the code of every error is in the table', () => {
  expect(schemas.ErrorCode).toMatchObject({ enum: Object.keys(ERROR_KINDS) });
});
