/** A command for each form of a verb on the cluster: its flags are the verb's options. */
import {
  type AnswerName,
  type Answers,
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
import { formatChange } from './print-change.ts';
import { flagOf, formatHelp, optionsGiven } from './verb-flags.ts';

const formats: { readonly [Name in AnswerName]: (answer: Answers[Name]) => string } = {
  Affected: ({ nodes }) => formatNodes(nodes),
  RulesChanged: formatChange,
};

/** Forms whose commands are written by hand. */
const own: Readonly<Partial<Record<ClusterFormName, (program: Command) => void>>> = {};

export function addClusterActions(program: Command): void {
  for (const name of clusterFormNames) {
    const add = own[name] ?? ((to) => addForm(to, name));
    add(program);
  }
}

function addForm(program: Command, name: ClusterFormName): void {
  const { verb, form } = clusterForm(name);
  const described = describeOptions(verb).filter((option) => form.options.includes(option.name));
  const counts = describeOptions(verb).find(
    ({ name, takes }) => takes === 'integer' && form.subject?.options.includes(name),
  );
  const command = program.command(name).description(form.summary);
  if (form.subject !== undefined) {
    command.argument(form.subject.argument, form.subject.description);
  }
  if (form.help !== undefined) command.addHelpText('after', formatHelp(form.help));
  for (const option of described) command.addOption(flagOf(option, form.help));
  command.action(async (...given: unknown[]) => {
    const self = given.at(-1) as Command;
    const [subject] = self.processedArgs;
    const asked = askedBy(
      name,
      subject === undefined ? true : readSubject(String(subject), counts),
      optionsGiven(described, self.opts(), form.help),
    );
    await perform(self.optsWithGlobals<GlobalOptions>(), asked.verb, asked.options);
  });
}

/** Where a number may stand, whatever begins with a digit is meant as one. */
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
  const declared = clusterVerbs[verb];
  print(options, answer, () => format(declared.answer, answer));
  if (declared.starts && 'nodes' in answer) failIfCrashed(answer);
}

const format = <Name extends AnswerName>(name: Name, answer: Answers[Name]): string =>
  formats[name](answer);
