/** The README's table of commands is the commands' own: their arguments, their words. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addCommands } from '../src/commands.ts';
import { groupCommands, groups } from '../src/groups.ts';

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

test('every command is in the table, with its arguments and what it does, and no other', () => {
  const rows = [...readme.matchAll(/^\| `([a-z]+[^`]*)` +\| (.*?) +\|/gm)];
  const written = Object.fromEntries(rows.map(([, name, text]) => [name, text]));
  const defined = Object.fromEntries(
    commands().map((command) => [usage(command), command.description()]),
  );
  expect(written).toEqual(defined);
});

test('every flag of a command is in its row', () => {
  for (const command of commands()) {
    const row = readme.split('\n').find((line) => line.startsWith(`| \`${usage(command)}\``))!;
    const missing = command.options.map(({ long }) => long!).filter((flag) => !row.includes(flag));
    expect([command.name(), missing]).toEqual([command.name(), []]);
  }
});

test('every command is in one group of the root help', () => {
  const program = new Command('cluster');
  addCommands(program);
  const before = program.commands.filter((command) => command.helpGroup() !== '');
  const named = [...Object.values(groups).flat(), ...before.map((command) => command.name())];
  expect(new Set(named).size).toBe(named.length);
  groupCommands(program);
  const ungrouped = program.commands.filter((command) => command.helpGroup() === '');
  expect(ungrouped.map((command) => command.name())).toEqual([]);
});
