/** Kinds of rules as text. */
import type { KindDescription, ProfileDescription, SettingDescription } from '@faultline/protocol';
import {
  type Catalogue,
  flagsOf,
  matchOptions,
  optionOf,
  type RuleFlag,
  typed,
} from '../rule-flags.ts';
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
    'Each can be limited to some messages and to a lifetime:',
    '',
    table(
      ['FLAG', ''],
      matchOptions(catalogue).map((option) => [option.flags, option.description]),
    ),
    '',
    'Named networks, for link --profile and geography:',
    '',
    table(
      ['PROFILE', ''],
      catalogue.profiles.map(({ name, summary }) => [name, summary]),
    ),
    '',
    'pnpm cluster faults NAME explains a kind or a profile.',
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
    `  ${JSON.stringify({ kind: kind.name, links: exampleLinks, settings: settingsOf(leastOf(flags)) })}`,
  ].join('\n');
}

export function formatProfile({ name, summary, source, rules }: ProfileDescription): string {
  return [
    `${name}: ${summary}`,
    `Figures: ${source}.`,
    '',
    table(
      ['RULE', 'SETTINGS'],
      rules.map(({ kind, settings }) => [
        kind,
        Object.entries(settings)
          .map(([setting, value]) => `${setting} ${typed(value)}`)
          .join(', '),
      ]),
    ),
    '',
    'Examples:',
    `  pnpm cluster link '*' --profile ${name}`,
    `  pnpm cluster geography 'a: n1,n2 | b: n3' --across ${name}`,
  ].join('\n');
}

const exampleLinks = 'n1>n2';

function defaultOf({ isRequired, default: standard }: SettingDescription): string {
  if (isRequired) return 'required';
  return standard === undefined ? 'optional' : `default: ${typed(standard)}`;
}

/**
 * Commands that work: one with the required settings, and one for each further flag, with the flags that
 * it depends on.
 */
export function examplesOf(kind: KindDescription, catalogue: Catalogue): string[] {
  const flags = flagsOf(catalogue).filter((flag) => flag.kind === kind);
  const least = leastOf(flags);
  const more = flags.filter((flag) => !least.includes(flag) && hasExample(flag.setting!));
  const sets = [
    least,
    ...more.flatMap((flag, i) =>
      [[flag], more.slice(0, i + 1)].map((added) => [...least, ...added]).slice(0, i === 0 ? 1 : 2),
    ),
  ];
  const works = (set: readonly RuleFlag[]): boolean =>
    catalogue.accepts({ kind: kind.name, links: exampleLinks, settings: settingsOf(set) });
  const shown = sets.filter(works).filter((set, i, all) => {
    const last = set.at(-1);
    return i === all.findIndex((other) => other.at(-1) === last);
  });
  const needed = kind.needs === null ? [] : requiredOf(kind.needs, catalogue);
  const begin = ['pnpm cluster link', `'${exampleLinks}'`, ...needed];
  return shown.map((set) => [...begin, ...set.map(wordOf)].join(' '));
}

/** The required settings of a rule of the kind, and its main setting. */
function leastOf(flags: readonly RuleFlag[]): RuleFlag[] {
  return flags.filter(
    ({ kind, setting }) => setting === null || setting.isRequired || setting.name === kind.main,
  );
}

function wordOf({ long, setting }: RuleFlag): string {
  if (setting === null || setting.takes === 'flag') return long;
  return `${long} ${quoted(typed(exampleOf(setting)))}`;
}

/** The shortest flags of another kind. */
function requiredOf(name: string, catalogue: Catalogue): string[] {
  return flagsOf(catalogue)
    .filter(({ kind, setting }) => kind.name === name && setting?.isRequired)
    .map(wordOf);
}

function settingsOf(flags: readonly RuleFlag[]): Record<string, unknown> {
  return Object.fromEntries(
    flags.flatMap(({ setting }) => (setting === null ? [] : [[setting.name, exampleOf(setting)]])),
  );
}

const hasExample = ({ takes, examples, default: standard }: SettingDescription): boolean =>
  takes === 'flag' || examples.length > 0 || standard !== undefined;

function exampleOf({ takes, examples, default: standard }: SettingDescription): unknown {
  if (takes === 'flag') return true;
  return examples[0] ?? standard ?? 1;
}

const quoted = (text: string): string => (/^[\w.,:%+-]+$/.test(text) ? text : `'${text}'`);
