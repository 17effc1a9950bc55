/**
 * Named schemas of the API document. Each part of a schema that is declared under a name becomes a
 * reference to it, so that generated clients have one type per concept.
 */
import { clusterVerbNames, clusterVerbs, nodeVerbNames, nodeVerbs } from '@faultline/actions';
import { apiSchemas, ERROR_KINDS } from '@faultline/protocol';

const ErrorCode = {
  type: 'string',
  enum: Object.keys(ERROR_KINDS),
  description: 'stable; other versions may have more',
};

const ApiError = {
  type: 'object',
  description: 'the answer to every request that is refused or fails',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message', 'facts'],
      properties: {
        code: ErrorCode,
        message: {
          type: 'string',
          description: 'what was expected, what was received, and what to do',
        },
        facts: {
          type: 'object',
          additionalProperties: true,
          description: 'the facts of the message, as data',
        },
      },
    },
  },
};

const verbs = [
  ...nodeVerbNames.map((name) => nodeVerbs[name]),
  ...clusterVerbNames.map((name) => clusterVerbs[name]),
];

const declared: Readonly<Record<string, object>> = {
  ApiError,
  ErrorCode,
  ...apiSchemas,
  ...Object.fromEntries(
    verbs.map(({ name, options }) => [
      `${name.charAt(0).toUpperCase()}${name.slice(1)}Options`,
      options,
    ]),
  ),
};

const refTo = (name: string): object => ({ $ref: `#/components/schemas/${name}` });

/** A reference to the component that holds every error. */
export const apiError = ApiError;

/** Collects the components that a document refers to. */
export class Components {
  readonly schemas: Record<string, unknown> = {};
  /** By JSON text, because an optional schema is a copy. If a schema has two names, the first is used. */
  readonly #names = new Map(
    Object.entries(declared)
      .reverse()
      .map(([name, schema]) => [JSON.stringify(schema), name]),
  );

  /** Replaces the named parts of a schema by references. */
  refer(schema: unknown): unknown {
    if (typeof schema !== 'object' || schema === null) return schema;
    const name = this.#names.get(JSON.stringify(schema));
    if (name === undefined) return this.#referInside(schema);
    if (!Object.hasOwn(this.schemas, name)) {
      this.schemas[name] = null;
      this.schemas[name] = this.#referInside(schema);
    }
    return refTo(name);
  }

  #referInside(schema: object): unknown {
    if (Array.isArray(schema)) return schema.map((each) => this.refer(each));
    return Object.fromEntries(
      Object.entries(schema).map(([key, value]) => [key, this.refer(value)]),
    );
  }
}
