/** A command for each verb on nodes: its flags are the verb's options, and what it prints is how the nodes are then. */
import {
  dashed,
  describeOptions,
  type NodeVerb,
  type NodeVerbName,
  nodeVerbs,
  type OptionDescription,
} from '@faultline/actions';
import { type Command, Option } from 'commander';
import { connect, failIfCrashed, type GlobalOptions, print } from '../context.ts';
import { formatNodes } from '../format/status.ts';
import { once, wholeNumber } from '../parse.ts';
import { programName } from '../program-name.ts';

const whichNodes = 'n3, n1-n3, minority, random:2, leader, all';

export function addNodeActions(program: Command): void {
  for (const [name, verb] of Object.entries(nodeVerbs) as [NodeVerbName, NodeVerb][]) {
    const command = program
      .command(name)
      .description(verb.summary)
      .argument('<nodes...>', whichNodes)
      .addHelpText('after', helpOf(verb))
      .action(async (nodes: string[], _, self: Command) => {
        const options = self.optsWithGlobals<GlobalOptions>();
        const asked = optionsGiven(verb, self.opts());
        const answer = await connect(options).perform(name, nodes.join(','), asked);
        print(options, answer, () => formatNodes(answer.nodes));
        if (verb.starts) failIfCrashed(answer);
      });
    for (const option of describeOptions(verb)) {
      command.addOption(flagOf(verb, option));
    }
  }
}

function flagOf(verb: NodeVerb, option: OptionDescription): Option {
  const { name, description, takes, placeholder, mayBePath, isRequired } = option;
  const long = `--${dashed(name)}`;
  const generated = takes === 'flag' ? long : `${long} <${placeholder}>`;
  const flag = new Option(verb.help?.flags?.[name] ?? generated, description);
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
function optionsGiven(verb: NodeVerb, typed: Readonly<Record<string, unknown>>): object {
  const given = describeOptions(verb).filter(
    ({ name, takes }) => typed[name] !== undefined && (typed[name] !== true || takes === 'flag'),
  );
  return Object.fromEntries(given.map(({ name }) => [name, typed[name]]));
}

function helpOf({ name, help }: NodeVerb): string {
  const { notes, examples = [`${name} n3`, `${name} n1 n2`, `${name} random:2`] } = help ?? {};
  const explained = examples.map((example) =>
    typeof example === 'string' ? ([example, ''] as const) : example,
  );
  const width = Math.max(...explained.map(([line, does]) => (does === '' ? 0 : line.length)));
  const lines = explained.map(
    ([line, does]) => `  pnpm cluster ${does === '' ? line : `${line.padEnd(width)}    ${does}`}`,
  );
  return `\n${notes === undefined ? '' : `${notes}\n\n`}Examples:\n${lines.join('\n')}`;
}
