/**
 * The flags of `link`, derived from the kinds of rules: a kind's main setting is the flag with its name,
 * each other one is `--KIND-SETTING`, in the kind's own words.
 *
 *   loss { probability, correlation }   →   --loss <probability>   --loss-correlation <correlation>
 *   hold { }                            →   --hold
 *
 * Values are passed on as typed, as far as the schema allows; they are checked when the rules are
 * installed.
 */
import {
  FaultlineError,
  type Faults,
  type KindDescription,
  type SettingDescription,
} from '@faultline/protocol';
import { Option } from 'commander';
import { jsonOrText } from './parse.ts';

/** What the flags are derived from. */
export interface Catalogue extends Faults {
  /** Whether a rule can be. */
  accepts(rule: Record<string, unknown>): boolean;
}

/** A flag and the setting it stands for. */
export interface RuleFlag {
  readonly kind: KindDescription;
  /** null: the kind has no required settings, and its flag alone is the rule. */
  readonly setting: SettingDescription | null;
  readonly long: string;
}

/** Flags with a shorter name than derived. */
const shortNames: Readonly<Record<string, string>> = { 'delay-keep-order': 'keep-order' };

export function flagsOf({ kinds, match }: Catalogue): RuleFlag[] {
  return kinds.flatMap((kind): RuleFlag[] => {
    const name = dashed(kind.name);
    // `--size` matches messages of a size; the kind `size` is `--size-max` and `--size-min`.
    const isFree = !match.some((setting) => dashed(setting.name) === name);
    const settings = kind.settings.map((setting) => {
      const isMain = setting.name === kind.main && isFree;
      const full = isMain ? name : `${name}-${dashed(setting.name)}`;
      return { kind, setting, long: `--${shortNames[full] ?? full}` };
    });
    return kind.main === null
      ? [{ kind, setting: null, long: `--${name}` }, ...settings]
      : settings;
  });
}

export function optionOf({ kind, setting, long }: RuleFlag): Option {
  const group = `${kind.name}: ${kind.summary}`;
  if (setting === null) return new Option(long, kind.summary).helpGroup(group);
  return settingOption(long, setting, setting.name !== kind.main).helpGroup(group);
}

export function matchOptions({ match }: Catalogue): Option[] {
  return match.flatMap((setting) => {
    const options =
      setting.name === 'replies'
        ? [
            new Option('--replies', 'only replies'),
            new Option('--requests', 'only messages that are not replies'),
          ]
        : [settingOption(`--${dashed(setting.name)}`, setting, true)];
    return options.map((option) => option.helpGroup('Which messages, and for how long:'));
  });
}

function settingOption(long: string, setting: SettingDescription, isFree: boolean): Option {
  const { name, takes, isRequired } = setting;
  const value = isRequired || isFree ? ` <${dashed(name)}>` : ` [${dashed(name)}]`;
  return new Option(takes === 'flag' ? long : `${long}${value}`, helpOf(setting));
}

function helpOf({ description, examples, default: standard }: SettingDescription): string {
  const notes = [
    ...(examples.length === 0 ? [] : [examples.map(typed).join(', ')]),
    ...(standard === undefined || standard === false ? [] : [`default: ${typed(standard)}`]),
  ];
  return notes.length === 0 ? description : `${description} (${notes.join('; ')})`;
}

/** A value as it is typed after a flag. */
export function typed(value: unknown): string {
  if (Array.isArray(value)) return value.map(typed).join(',');
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/**
 * The rules that the flags describe, in the order in which kinds act. `given` has the typed value of each
 * flag, by the name that commander gives it. Throws BAD_REQUEST.
 */
export function rulesOf(
  links: string,
  given: Readonly<Record<string, unknown>>,
  catalogue: Catalogue,
): Record<string, unknown>[] {
  const match = matchGiven(given, catalogue);
  const flags = flagsOf(catalogue);
  const profiles = given.profile === undefined ? [] : [{ profile: given.profile, links, ...match }];
  const rules = catalogue.kinds.flatMap((kind) => {
    const own = flags.filter((flag) => flag.kind === kind && given[attribute(flag)] !== undefined);
    if (own.length === 0) return [];
    const main = flags.find((flag) => flag.kind === kind && flag.setting?.name === kind.main);
    if (main?.setting?.isRequired && !own.includes(main)) {
      throw new FaultlineError(
        'BAD_REQUEST',
        `${own[0]!.long} is a setting of ${kind.name}: add ${main.long}`,
        { flag: own[0]!.long, missing: main.long },
      );
    }
    const settings = Object.fromEntries(
      own.flatMap((flag) => {
        const value = given[attribute(flag)];
        // A flag without its value stands for the kind with its defaults.
        if (flag.setting === null || (value === true && flag.setting.takes !== 'flag')) return [];
        return [[flag.setting.name, readValue(flag.setting, value)]];
      }),
    );
    return [{ kind: kind.name, links, ...match, settings }];
  });
  return [...profiles, ...rules];
}

function matchGiven(
  given: Readonly<Record<string, unknown>>,
  { match }: Catalogue,
): Record<string, unknown> {
  if (given.replies && given.requests) {
    throw new FaultlineError(
      'BAD_REQUEST',
      '--replies and --requests contradict each other: use one of them',
    );
  }
  const read = match.flatMap((setting) => {
    const value = given[camel(dashed(setting.name))];
    return value === undefined ? [] : [[setting.name, readValue(setting, value)]];
  });
  return { ...Object.fromEntries(read), ...(given.requests ? { replies: false } : {}) };
}

function readValue({ takes }: SettingDescription, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  switch (takes) {
    case 'number':
      return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(value) ? Number(value) : value;
    case 'list':
      return value.startsWith('[') ? jsonOrText(value) : value.split(',').map((one) => one.trim());
    case 'json':
      return jsonOrText(value);
    default:
      return value;
  }
}

/** The name under which commander keeps the value of a flag. */
export const attribute = ({ long }: RuleFlag): string => camel(long.slice(2));

const dashed = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
const camel = (name: string): string =>
  name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
