/** Kinds of rules as a person reads them. */
import type { KindDescription, SettingDescription } from '@faultline/protocol';
import { type Catalogue, flagsOf, matchOptions, optionOf, typed } from '../rule-flags.ts';
import { table } from './table.ts';

export function formatKinds(catalogue: Catalogue): string {
  const flags = flagsOf(catalogue);
  return [
    'In the order in which they act:',
    '',
    table(
      ['KIND', 'WHAT IT DOES', 'FLAGS OF pnpm cluster link'],
      catalogue.kinds.map((kind) => [
        kind.name,
        kind.summary,
        flags
          .filter((flag) => flag.kind === kind)
          .map(({ long }) => long)
          .join(' '),
      ]),
    ),
    '',
    'Each may be told which messages it is about, and for how long it lives:',
    '',
    table(
      ['FLAG', ''],
      matchOptions(catalogue).map((option) => [option.flags, option.description]),
    ),
    '',
    'pnpm cluster faults KIND tells more of one.',
  ].join('\n');
}

export function formatKind(kind: KindDescription, catalogue: Catalogue): string {
  const flags = flagsOf(catalogue).filter((flag) => flag.kind === kind);
  const names = catalogue.kinds.map(({ name }) => name);
  const at = names.indexOf(kind.name);
  const order = [
    ...(at === 0 ? [] : [`after ${names[at - 1]}`]),
    ...(at === names.length - 1 ? [] : [`before ${names[at + 1]}`]),
  ];
  return [
    `${kind.name}: ${kind.summary}`,
    `Acts ${order.join(' and ')}.${kind.needs === null ? '' : ` Needs a ${kind.needs} rule on the same links.`}`,
    '',
    ...flags.flatMap((flag) =>
      flag.setting === null
        ? [`  ${flag.long}`, '']
        : [
            `  ${optionOf(flag).flags}`,
            `      ${flag.setting.description}`,
            `      ${flag.setting.name}: ${flag.setting.expects}; ${defaultOf(flag.setting)}`,
            '',
          ],
    ),
    'Examples:',
    ...examplesOf(kind, catalogue).map((line) => `  ${line}`),
    '',
    'As data, for the API and plans:',
    `  ${JSON.stringify({ kind: kind.name, links: exampleLinks, settings: settingsOf(kind) })}`,
  ].join('\n');
}

const exampleLinks = 'n1>n2';

function defaultOf({ isRequired, default: standard }: SettingDescription): string {
  if (isRequired) return 'has to be given';
  return standard === undefined ? 'may be left out' : `by default ${typed(standard)}`;
}

/** Commands that work: one with what has to be given, and one with each further flag. */
export function examplesOf(kind: KindDescription, catalogue: Catalogue): string[] {
  const flags = flagsOf(catalogue).filter((flag) => flag.kind === kind);
  const word = (long: string, setting: SettingDescription | null): string => {
    if (setting === null || setting.takes === 'flag') return long;
    return `${long} ${quoted(typed(exampleOf(setting)))}`;
  };
  const needed = kind.needs === null ? [] : requiredOf(kind.needs, catalogue);
  const least = flags
    .filter(({ setting }) => setting === null || setting.isRequired || setting.name === kind.main)
    .map(({ long, setting }) => word(long, setting));
  const more = flags
    .filter(({ setting }) => setting !== null && !setting.isRequired && setting.name !== kind.main)
    .filter(({ setting }) => hasExample(setting!))
    .map(({ long, setting }) => word(long, setting));
  const begin = ['pnpm cluster link', `'${exampleLinks}'`, ...needed, ...least];
  return [begin, ...more.map((flag) => [...begin, flag])].map((words) => words.join(' '));
}

/** The shortest flags of another kind. */
function requiredOf(name: string, catalogue: Catalogue): string[] {
  return flagsOf(catalogue)
    .filter(({ kind, setting }) => kind.name === name && setting?.isRequired)
    .map(({ long, setting }) => `${long} ${quoted(typed(exampleOf(setting!)))}`);
}

function settingsOf(kind: KindDescription): Record<string, unknown> {
  return Object.fromEntries(
    kind.settings
      .filter(({ name, isRequired }) => isRequired || name === kind.main)
      .map((setting) => [setting.name, exampleOf(setting)]),
  );
}

const hasExample = ({ takes, examples, default: standard }: SettingDescription): boolean =>
  takes === 'flag' || examples.length > 0 || standard !== undefined;

function exampleOf({ takes, examples, default: standard }: SettingDescription): unknown {
  if (takes === 'flag') return true;
  return examples[0] ?? standard ?? 1;
}

const quoted = (text: string): string => (/^[\w.,:%+-]+$/.test(text) ? text : `'${text}'`);
