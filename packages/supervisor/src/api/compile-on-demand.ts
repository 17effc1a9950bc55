/**
 * Validators and serializers are compiled from each route's schema. Fastify does that for all routes
 * before it listens, which is half of a supervisor's start time. Here, the compilers are loaded with the
 * first request, and each schema is compiled when a request first needs it.
 */
import type { BuildCompilerFromPool } from '@fastify/ajv-compiler';
import type { SerializerFactory } from '@fastify/fast-json-stringify-compiler';

type Validate = ReturnType<ReturnType<BuildCompilerFromPool>>;

export class CompileOnDemand {
  #loading: Promise<void> | undefined;
  #buildValidator: BuildCompilerFromPool | undefined;
  #buildSerializer: SerializerFactory | undefined;

  readonly buildValidator: BuildCompilerFromPool = (schemas, options) => {
    const compile = once(() => loaded(this.#buildValidator)(schemas, options));
    return (route) => {
      const compiled = once(() => compile()(route));
      const validate = (data: unknown): unknown => {
        const result = compiled()(data);
        // Fastify reads the errors from the function that it called.
        validate.errors = compiled().errors;
        return result;
      };
      validate.errors = undefined as Validate['errors'];
      return validate as Validate;
    };
  };

  readonly buildSerializer: SerializerFactory = (schemas, options) => {
    const compile = once(() => loaded(this.#buildSerializer)(schemas, options));
    return (route) => {
      const serialize = once(() => compile()(route));
      return (answer) => serialize()(answer);
    };
  };

  /** Must be awaited before the first request is handled. */
  load(): Promise<void> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  async #load(): Promise<void> {
    const [validators, serializers] = await Promise.all([
      import('@fastify/ajv-compiler'),
      import('@fastify/fast-json-stringify-compiler'),
    ]);
    this.#buildValidator = validators.default();
    this.#buildSerializer = serializers.default();
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function loaded<T>(factory: T | undefined): T {
  if (factory === undefined) throw new Error('a schema was used before load()');
  return factory;
}
