/** The README's table of commands has exactly their arguments and descriptions. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addCommands } from '../src/commands.ts';
import { helpGroups, rootHelp } from '../src/groups.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

function commands(): readonly Command[] {
  const program = new Command('cluster');
  addCommands(program);
  return program.commands;
}

const usage = (command: Command): string =>
  [
    command.name(),
    ...command.registeredArguments.map((argument) => {
      const text = `${argument.name()}${argument.variadic ? '...' : ''}`;
      return argument.required ? `<${text}>` : `[${text}]`;
    }),
  ].join(' ');

test('the table lists exactly the existing commands, with their arguments and descriptions', () => {
  const rows = [...readme.matchAll(/^\| `([a-z]+[^`]*)` +\| (.*?) +\|/gm)];
  const written = Object.fromEntries(rows.map(([, name, text]) => [name, text]));
  const defined = Object.fromEntries(
    commands().map((command) => [usage(command), command.description()]),
  );
  expect(written).toEqual(defined);
});

test('every row lists all flags of its command', () => {
  for (const command of commands()) {
    const row = readme.split('\n').find((line) => line.startsWith(`| \`${usage(command)}\``))!;
    const shown = command.options.filter(({ hidden }) => !hidden);
    const missing = shown.map(({ long }) => long!).filter((flag) => !row.includes(flag));
    expect([command.name(), missing]).toEqual([command.name(), []]);
  }
});

test('the root help lists every command once', () => {
  const listed = helpGroups().flatMap(([, rows]) => rows.flatMap(([names]) => names));
  const defined = commands().map((command) => command.name());
  expect(listed.toSorted()).toEqual(defined.toSorted());
});

test('no line of the root help is wider than a terminal', () => {
  const program = new Command('cluster').description('a few words');
  addCommands(program);
  expect(
    rootHelp(program)
      .split('\n')
      .filter((line) => line.length > 100),
  ).toEqual([]);
});
