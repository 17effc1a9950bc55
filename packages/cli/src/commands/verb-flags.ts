/** The flags and the help of a command that is a verb. */
import { dashed, type Help, type OptionDescription } from '@faultline/actions';
import { Option } from 'commander';
import { once, wholeNumber } from '../parse.ts';
import { programName } from '../program-name.ts';

export function flagOf(option: OptionDescription, help?: Help): Option {
  const { name, description, takes, placeholder, mayBePath, isRequired } = option;
  const long = `--${dashed(name)}`;
  const generated = takes === 'flag' ? long : `${long} <${placeholder}>`;
  const flag = new Option(help?.flags?.[name] ?? generated, description);
  flag.makeOptionMandatory(isRequired);
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = option;
  if (takes === 'integer') flag.argParser(wholeNumber(minimum, maximum));
  if (takes === 'text') {
    const take = once(long);
    flag.argParser((text, before: string | undefined) =>
      take(mayBePath ? programName(text) : text, before),
    );
  }
  return flag;
}

/** A flag whose value was left out asks for what the verb does anyway. */
export function optionsGiven(
  options: readonly OptionDescription[],
  typed: Readonly<Record<string, unknown>>,
): object {
  const given = options.filter(
    ({ name, takes }) => typed[name] !== undefined && (typed[name] !== true || takes === 'flag'),
  );
  return Object.fromEntries(given.map(({ name }) => [name, typed[name]]));
}

export function formatHelp({ notes, examples }: Help): string {
  const explained = examples.map((example) =>
    typeof example === 'string' ? ([example, ''] as const) : example,
  );
  const width = Math.max(...explained.map(([line, does]) => (does === '' ? 0 : line.length)));
  const lines = explained.map(
    ([line, does]) => `  pnpm cluster ${does === '' ? line : `${line.padEnd(width)}    ${does}`}`,
  );
  return `\n${notes === undefined ? '' : `${notes}\n\n`}Examples:\n${lines.join('\n')}`;
}
