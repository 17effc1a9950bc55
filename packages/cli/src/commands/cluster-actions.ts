/** A command for each form of a verb on the cluster: its flags are the verb's options. */
import {
  type Answer,
  askedBy,
  type ClusterFormName,
  type ClusterOptionsOf,
  type ClusterVerbName,
  clusterForm,
  clusterFormNames,
  clusterVerbs,
  describeOptions,
  type OptionDescription,
} from '@faultline/actions';
import type { Command } from 'commander';
import { connect, failIfCrashed, type GlobalOptions, print } from '../context.ts';
import { formatNodes } from '../format/status.ts';
import { wholeNumber } from '../parse.ts';
import { addGeography, formatPairs } from './geography.ts';
import { addRelease, formatReleased } from './held.ts';
import { formatChange, formatInFlight } from './print-change.ts';
import { addFlags, formatHelp, optionsGiven } from './verb-flags.ts';

function formatAnswer(answer: Answer): string {
  if ('nodes' in answer) {
    if (!('added' in answer)) return formatNodes(answer.nodes);
    if (answer.nodes.length === 0) return formatChange(answer);
    const changed = answer.removed.length === 0 ? [] : [formatChange(answer)];
    return [...changed, formatNodes(answer.nodes)].join('\n\n');
  }
  if ('released' in answer) return formatReleased(answer.released);
  if (!('pairs' in answer)) return formatChange(answer);
  return [formatPairs(answer.pairs), ...formatInFlight(answer.inFlight)].join('\n');
}

/** Forms whose commands are written by hand. */
const own: Readonly<Partial<Record<ClusterFormName, (program: Command) => void>>> = {
  geography: addGeography,
  release: addRelease,
};

export function addClusterActions(program: Command): void {
  for (const name of clusterFormNames) {
    const add = own[name] ?? ((to) => addForm(to, name));
    add(program);
  }
}

function addForm(program: Command, name: ClusterFormName): void {
  const { verb, form } = clusterForm(name);
  const described = describeOptions(verb).filter((option) => form.options.includes(option.name));
  const subject = form.subject === 'options' ? undefined : form.subject;
  const counts = describeOptions(verb).find(
    (option) => option.takes === 'integer' && subject?.options.includes(option.name),
  );
  const command = program.command(name).description(form.summary);
  if (subject !== undefined) {
    command.argument(subject.argument, subject.description);
  }
  if (form.help !== undefined) command.addHelpText('after', formatHelp(form.help));
  for (const option of described) addFlags(command, option, form.help);
  command.action(async (...given: unknown[]) => {
    const self = given.at(-1) as Command;
    const [named] = self.processedArgs;
    const asked = askedBy(
      name,
      named === undefined ? true : readSubject(String(named), counts),
      optionsGiven(described, self.opts(), form.help),
    );
    await perform(self.optsWithGlobals<GlobalOptions>(), asked.verb, asked.options);
  });
}

/** If the argument may be a number, any text that begins with a digit is read as one. */
function readSubject(text: string, counts: OptionDescription | undefined): string | number {
  if (counts === undefined || /^\D/.test(text)) return text;
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = counts;
  return wholeNumber(minimum, maximum)(text);
}

async function perform<Verb extends ClusterVerbName>(
  options: GlobalOptions,
  verb: Verb,
  asked: ClusterOptionsOf<Verb>,
): Promise<void> {
  const answer = await connect(options).performOnCluster(verb, asked);
  print(options, answer, () => formatAnswer(answer));
  if (clusterVerbs[verb].starts && 'nodes' in answer) failIfCrashed(answer);
}
