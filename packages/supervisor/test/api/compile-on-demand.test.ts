import { type RouteName, routeSchemas } from '@faultline/protocol';
import { expect, test } from 'vitest';
import { CompileOnDemand } from '../../src/api/compile-on-demand.ts';

async function compilers() {
  const compilers = new CompileOnDemand();
  await compilers.load();
  return {
    validator: compilers.buildValidator({}, { customOptions: { coerceTypes: 'array' } }),
    serializer: compilers.buildSerializer({}, {}),
  };
}

// A server that compiles on demand starts with a schema that does not compile.
test.each(Object.keys(routeSchemas) as RouteName[])('the schemas of %s compile', async (name) => {
  const { validator, serializer } = await compilers();
  const { body, query, response } = routeSchemas[name];
  for (const schema of [body, query]) {
    if (schema !== undefined) expect([true, false]).toContain(validator({ schema })({}));
  }
  const serialize = serializer({ schema: response, method: 'GET', url: '/', httpStatus: '200' });
  // An empty answer may lack required fields, which is detected only after the schema was compiled.
  expect(() => attempt(() => serialize({}))).not.toThrow(/schema is invalid/);
});

function attempt(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    if (!/is required!$/.test((error as Error).message)) throw error;
  }
}

test('a validator keeps the errors of its last call, and none after a call that passed', async () => {
  const { validator } = await compilers();
  const validate = validator({ schema: { type: 'object', required: ['node'] } });
  expect(validate({})).toBe(false);
  expect(validate.errors).toMatchObject([{ keyword: 'required' }]);
  expect(validate({ node: 'n1' })).toBe(true);
  expect(validate.errors).toBe(null);
});

test('nothing is compiled before a request needs it', () => {
  const { buildValidator } = new CompileOnDemand();
  const validate = buildValidator({}, {})({ schema: { type: 'no such type' } });
  expect(() => validate({})).toThrow('a schema was used before load()');
});
