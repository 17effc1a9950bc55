/** A command for each form of a verb on the cluster: its flags are the verb's options. */
import {
  type AnswerName,
  type Answers,
  askedBy,
  type ClusterFormName,
  type ClusterRequest,
  clusterForm,
  clusterFormNames,
  clusterVerbs,
  describeOptions,
} from '@faultline/actions';
import type { Command } from 'commander';
import { connect, type GlobalOptions, print } from '../context.ts';
import { formatChange } from './print-change.ts';
import { flagOf, formatHelp, optionsGiven } from './verb-flags.ts';

const formats: { readonly [Name in AnswerName]: (answer: Answers[Name]) => string } = {
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
  const command = program.command(name).description(form.summary);
  if (form.subject !== undefined) command.argument(form.subject.argument);
  if (form.help !== undefined) command.addHelpText('after', formatHelp(form.help));
  for (const option of described) command.addOption(flagOf(option, form.help));
  command.action(async (...given: unknown[]) => {
    const self = given.at(-1) as Command;
    const [subject] = self.processedArgs;
    const asked = askedBy(
      name,
      subject === undefined ? true : String(subject),
      optionsGiven(described, self.opts(), form.help),
    );
    await perform(self.optsWithGlobals<GlobalOptions>(), asked);
  });
}

async function perform(
  options: GlobalOptions,
  { verb, options: asked }: ClusterRequest,
): Promise<void> {
  const answer = await connect(options).performOnCluster(verb, asked);
  print(options, answer, () => formats[clusterVerbs[verb].answer](answer));
}
