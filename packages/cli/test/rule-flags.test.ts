import { validateRule } from '@faultline/faults';
import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { catalogue } from '../src/catalogue.ts';
import { examplesOf, formatKind, formatKinds } from '../src/format/kinds.ts';
import { attribute, flagsOf, matchOptions, optionOf, rulesOf } from '../src/rule-flags.ts';

/** How the command line interprets flags. */
function rules(...argv: string[]): Record<string, unknown>[] {
  const command = new Command('link').exitOverride().argument('<links>');
  for (const option of [...matchOptions(catalogue), ...flagsOf(catalogue).map(optionOf)]) {
    command.addOption(option);
  }
  command.parse(argv, { from: 'user' });
  return rulesOf(command.args[0]!, command.opts(), catalogue);
}

test('derives a flag from each kind, and prefixed flags from its other settings', () => {
  expect(rules('n1>n2', '--duplicate', '5%', '--duplicate-copies', '3')).toEqual([
    { kind: 'duplicate', links: 'n1>n2', settings: { probability: '5%', copies: 3 } },
  ]);
  expect(rules('*', '--hold', '--cut')).toMatchObject([
    { kind: 'cut', settings: {} },
    { kind: 'hold', settings: {} },
  ]);
  expect(rules('*', '--delay', '5ms', '--keep-order')).toMatchObject([
    { kind: 'delay', settings: { delay: '5ms', keepOrder: true } },
  ]);
});

test('derives one flag from each match, which applies to all rules of the command', () => {
  const flags = ['--type', 'a*', '--requests', '--first', '3', '--after', '2', '--every', '4'];
  const more = ['--size', '>10kB', '--field', 'key=x', '--probability', '50%', '--for', '9s'];
  const match = {
    type: 'a*',
    replies: false,
    first: 3,
    after: 2,
    every: 4,
    size: '>10kB',
    field: 'key=x',
    probability: '50%',
    for: '9s',
  };
  expect(rules('n1>n2', '--loss', '1%', '--hold', ...flags, ...more)).toEqual([
    { kind: 'loss', links: 'n1>n2', ...match, settings: { probability: '1%' } },
    { kind: 'hold', links: 'n1>n2', ...match, settings: {} },
  ]);
  expect(rules('n1>n2', '--hold', '--replies')).toMatchObject([{ replies: true }]);
});

test('passes on a value that is not a number, to be rejected by the rule', () => {
  expect(rules('n1>n2', '--hold', '--first', 'few')).toMatchObject([{ first: 'few' }]);
});

test.each([
  [['--keep-order'], /--keep-order is a setting of delay: add --delay/],
  [
    ['--loss', '1%', '--duplicate-copies', '2'],
    /--duplicate-copies is a setting of duplicate: add/,
  ],
  [['--hold', '--replies', '--requests'], /contradict/],
])('%j is refused', (flags, message) => {
  expect(() => rules('n1>n2', ...flags)).toThrow(message);
});

test('no two flags have the same name or that of a global flag', () => {
  const names = [
    ...flagsOf(catalogue).map(attribute),
    ...matchOptions(catalogue).map((option) => option.attributeName()),
  ];
  expect(names).toEqual([...new Set(names)]);
  for (const taken of ['name', 'json', 'verbose', 'help']) expect(names).not.toContain(taken);
});

describe.each(catalogue.kinds.map((kind) => [kind.name, kind] as const))('%s', (name, kind) => {
  test('explains each of its settings, and its examples are rules', () => {
    const text = formatKind(kind, catalogue);
    for (const setting of kind.settings) {
      expect(setting.description, setting.name).not.toBe('');
      expect(text).toContain(setting.description);
    }
    for (const line of examplesOf(kind, catalogue)) {
      expect(text).toContain(line);
      const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, a, b]) => a ?? b!);
      const made = rules(...words.slice(3));
      expect(made.map((rule) => rule.kind)).toContain(name);
      for (const rule of made) validateRule(rule);
    }
  });

  test('lists its flags among all kinds', () => {
    const text = formatKinds(catalogue);
    for (const flag of flagsOf(catalogue).filter((one) => one.kind === kind)) {
      expect(text).toContain(flag.long);
    }
  });
});
