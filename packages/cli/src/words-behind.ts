/**
 * The words of a command after `--`, for the verbs whose `program` may be a command. `up` reads its own.
 * `restart n3 -- python3 node.py` becomes `restart n3 --program-words=["python3","node.py"]`.
 */
import { clusterForm, clusterFormNames, describeOptions, nodeVerbs } from '@faultline/actions';
import { FaultlineError } from '@faultline/protocol';
import { Option } from 'commander';
import { placedWord } from './program-name.ts';

/** Verbs that accept words, each with the option that they set. */
const options: ReadonlyMap<string, string> = new Map(
  [
    ...Object.values(nodeVerbs).map((verb) => [verb.name, describeOptions(verb)] as const),
    ...clusterFormNames.map((name) => [name, describeOptions(clusterForm(name).verb)] as const),
  ].flatMap(([name, described]) => {
    const option = described.find(({ mayBeList }) => mayBeList)?.name;
    return option === undefined ? [] : [[name, option] as const];
  }),
);

const flagOf = (option: string): string => `${option}-words`;

export function joinWords(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  const option =
    end < 0
      ? undefined
      : argv
          .slice(0, end)
          .map((arg) => options.get(arg))
          .find(Boolean);
  if (option === undefined) return [...argv];
  return [...argv.slice(0, end), `--${flagOf(option)}=${JSON.stringify(argv.slice(end + 1))}`];
}

/** The hidden flag of an option that may be words. */
export const wordsFlag = (option: string): Option =>
  new Option(`--${flagOf(option)} <json>`)
    .hideHelp()
    .argParser((text) => (JSON.parse(text) as string[]).map(placedWord));

/** The words, as the option that they set. Throws BAD_REQUEST if it is given as a flag too. */
export function wordsGiven(option: string, typed: Readonly<Record<string, unknown>>): object {
  const words = typed[`${option}Words`] as readonly string[] | undefined;
  if (words === undefined) return {};
  if (words.length === 0) {
    throw new FaultlineError(
      'BAD_REQUEST',
      'expected a command after --, such as `-- python3 node.py`',
    );
  }
  if (typed[option] === undefined) return { [option]: words };
  throw new FaultlineError('BAD_REQUEST', `expected --${option} or a command after --, not both`);
}
