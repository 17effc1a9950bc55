import { Command, type Option } from 'commander';
import { expect, test } from 'vitest';
import { catalogue } from '../src/catalogue.ts';
import { addCommands } from '../src/commands.ts';
import { refuseRepeated } from '../src/given-once.ts';

const repeatable = new Set(['--set', '--node']);

function cluster(): Command {
  const program = new Command('cluster');
  addCommands(program, catalogue);
  for (const command of program.commands) refuseRepeated(command);
  return program;
}

function parse(name: string, args: readonly string[]): void {
  const command = cluster().commands.find((each) => each.name() === name)!;
  command.exitOverride().configureOutput({ writeErr: () => {} });
  command.parseOptions([...args]);
}

/** All flags of all commands that take a value. */
const flags = cluster().commands.flatMap((command) =>
  command.options
    .filter(({ required, optional }) => required || optional)
    .filter(({ variadic, hidden, long }) => !variadic && !hidden && !repeatable.has(long!))
    .map((option): [string, Option] => [command.name(), option]),
);

/** One that the flag takes. */
function acceptedBy(name: string, { long, argChoices }: Option): string {
  const accepted = (argChoices ?? ['1', '1s', '50%', 'n1', 'x=1']).find((value) => {
    try {
      parse(name, [`${long}=${value}`]);
      return true;
    } catch {
      return false;
    }
  });
  if (accepted === undefined) throw new Error(`${name} ${long} takes none of these values`);
  return accepted;
}

test('rejects a second value of any flag of any command, and names both values', () => {
  expect(flags.length).toBeGreaterThan(50);
  for (const [name, option] of flags) {
    const value = acceptedBy(name, option);
    const text = JSON.stringify(value);
    const given = `${option.long}=${value}`;
    expect(() => parse(name, [given, given]), `${name} ${given}`).toThrow(
      `${option.long} is given twice, as ${text} and ${text}: give it once`,
    );
  }
});

test('accepts repeated flags that collect values or have none', () => {
  const up = (...args: string[]): object => {
    const command = cluster().commands.find((each) => each.name() === 'up')!;
    command.exitOverride().parseOptions(args);
    return command.opts();
  };
  expect(up('--set', 'a=1', '--set', 'b=2')).toMatchObject({ set: { a: '1', b: '2' } });
  expect(up('--sign', '--sign')).toMatchObject({ sign: true });
  expect(() => up('--nodes', '3', '--nodes=4')).toThrow('--nodes is given twice, as "3" and "4"');
});
