/** What every declaration of a check has to keep, so that everything derived from it is right. */
import type { TSchema } from 'typebox';
import { describe, expect, test } from 'vitest';
import {
  type Check,
  checks,
  defineCheck,
  findCheck,
  type Question,
  questions,
  readOptions,
  register,
  runCheck,
  wordsOf,
} from '../../src/index.ts';

interface Described extends TSchema {
  readonly description?: string;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
}

const named = checks.map((check) => [check.name, check] as const);
const optionsOf = ({ options }: Check) => Object.entries<Described>(options.properties);

/** What a matcher is called with is JavaScript: `toExclude({ leases: true })`. */
function asked(call: string): Question {
  const names = Object.keys(questions);
  const run = new Function(...names, 'register', `return ${call};`);
  return run(...Object.values(questions), register) as Question;
}

test('no two checks have one name', () => {
  const names = checks.map(({ name }) => name);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
});

test('each matcher asserts at least one check', () => {
  const used = new Set(checks.map(({ matcher }) => matcher.replace(/\(.*/, '')));
  expect([...used.add('toPass')].sort()).toEqual(Object.keys(questions).sort());
});

describe.each(named)('%s', (name, check) => {
  test('is what its matcher asserts', () => {
    const { check: found, options, promise } = asked(check.matcher);
    expect(found).toBe(check);
    expect(promise ?? check.promise(options)).toMatch(/^[a-z]/);
  });

  test('describes each option, and its short option is one of them', () => {
    expect(optionsOf(check).filter(([, { description }]) => !description)).toEqual([]);
    if (check.short !== undefined) expect(check.options.properties).toHaveProperty(check.short);
  });

  test('reads the default, the examples and the words of each option', () => {
    for (const [option, schema] of optionsOf(check)) {
      const values = [schema.default, ...(schema.examples ?? []), ...(wordsOf(schema) ?? [])];
      const required = Object.fromEntries(
        (check.options.required ?? []).map((each: string) => {
          const { examples, ...rest } = check.options.properties[each] as Described;
          return [each, examples?.[0] ?? wordsOf(rest as TSchema)?.[0]];
        }),
      );
      for (const value of values) {
        if (value === undefined) continue;
        const read = readOptions(check, { ...required, [option]: value });
        expect(readOptions(check, read)).toEqual(read);
        expect(read[option]).toEqual(value);
      }
    }
  });

  test('refuses an option that does not exist', () => {
    expect(() => readOptions(check, { nosuch: 1 })).toThrow(
      `the check ${name} has no option "nosuch"; it has `,
    );
    expect(findCheck(name)).toBe(check);
  });
});

test('a misspelled name or option gets a suggestion', () => {
  expect(() => findCheck('linearisable')).toThrow(
    'no check is called "linearisable"; did you mean linearizable?',
  );
  expect(() => readOptions(findCheck('unique-ids'), { ordr: 'process' })).toThrow(
    'the check unique-ids has no option "ordr"; did you mean order?',
  );
  expect(() => questions.toBeConsistent('serialisable' as 'serializable')).toThrow(
    'toBeConsistent: there is no consistency model "serialisable"; did you mean serializable?',
  );
});

test.each([
  [
    'unique-ids',
    { order: 'time' },
    'order: expected an order of ids, which is process, real-time, got "time"',
  ],
  ['recovery', {}, 'within is missing: the check recovery needs a bound'],
  ['recovery', { within: '>= 1s' }, 'within: expected a bound such as "<= 3s", got ">= 1s"'],
  ['availability', { share: 1.5 }, /^share: /],
  ['conservation', { total: 'all' }, 'total: expected a sum such as 500, got "all"'],
  ['linearizable', { maxSteps: 0 }, 'maxSteps: expected a whole number from 1 up, got 0'],
])('%s with %j is refused: %s', (name, options, message) => {
  expect(() => readOptions(findCheck(name), options)).toThrow(message);
});

test('options come out in one form and in one order', () => {
  const options = readOptions(findCheck('availability'), { refusalsCount: true, share: 0.995 });
  expect(JSON.stringify(options)).toBe('{"share":">= 99.5%","refusalsCount":true}');
  expect(readOptions(findCheck('latency'), { quantiles: 'max<=1000ms,p50 <= 0.2s' })).toEqual({
    quantiles: 'p50 <= 200ms, max <= 1s',
  });
});

test.each([
  [{ name: 'No Oversell' }, 'a check has a name such as no-oversell, got "No Oversell"'],
  [
    { name: 'no-oversell' },
    'the check no-oversell needs a summary, one line, and run(history, options)',
  ],
])('a declaration such as %j is refused', (declaration, message) => {
  expect(() => defineCheck(declaration as Parameters<typeof defineCheck>[0])).toThrow(message);
});

test('a budget covers the load only, and a pass is vacuous if faults touched nothing', () => {
  const write = { process: 'c1', f: 'write', input: 1, output: null, type: 'ok' } as const;
  const operations = [
    { ...write, index: 0, invokedMs: 0, endedMs: 5 },
    { ...write, index: 1, invokedMs: 20, endedMs: 500 },
  ];
  const latency = (history: object) =>
    runCheck(findCheck('latency'), { operations, ...history }, { quantiles: 'max <= 10ms' })
      .verdict;
  expect([latency({}), latency({ loadEndedMs: 10 })]).toEqual(['violated', 'ok']);
  const late = [{ fromMs: 15, toMs: 30, what: 'cut' }];
  expect(latency({ loadEndedMs: 10, faults: late })).toBe('vacuous');
});
