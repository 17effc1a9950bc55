/** Commands about processes: kill, stop, start, restart, add, remove. */

import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Client } from '@faultline/client';
import { readyPrograms } from '@faultline/programs';
import type { Affected, StartNodes } from '@faultline/protocol';
import { nodesMax } from '@faultline/protocol';
import type { Command } from 'commander';
import { connect, type GlobalOptions, print } from '../context.ts';
import { formatNodes } from '../format/status.ts';
import { wholeNumber } from '../parse.ts';

interface Verb {
  readonly name: string;
  readonly description: string;
  /** It starts processes, with an empty disk where that is asked for. */
  readonly starts?: boolean;
  readonly act: (client: Client, nodes: string, options: StartNodes) => Promise<Affected>;
}

const verbs: readonly Verb[] = [
  {
    name: 'kill',
    description: 'kill nodes at once, as a power cut would (SIGKILL)',
    act: (c, n) => c.kill(n),
  },
  { name: 'stop', description: 'stop nodes, with time to say goodbye', act: (c, n) => c.stop(n) },
  {
    name: 'start',
    description: 'start nodes that do not run',
    starts: true,
    act: (c, n, o) => c.start(n, o),
  },
  {
    name: 'restart',
    description: 'kill nodes and start them again',
    starts: true,
    act: (c, n, o) => c.restart(n, o),
  },
  {
    name: 'remove',
    description: 'take nodes out of the cluster: told, given two seconds to hand over, and stopped',
    act: (c, n) => c.remove(n),
  },
];

export function addNodeCommands(program: Command): void {
  for (const { name, description, starts, act } of verbs) {
    const command = program
      .command(name)
      .description(description)
      .argument('<nodes...>', 'n3, n1-n3, minority, random:2, leader, all')
      .addHelpText(
        'after',
        `\nExamples:\n  pnpm cluster ${name} n3\n  pnpm cluster ${name} n1 n2\n  pnpm cluster ${name} random:2${starts ? `\n  pnpm cluster ${name} n3 --program ./v2.ts    one node runs another version` : ''}`,
      );
    if (starts) {
      command
        .option('--wipe', 'with an empty disk')
        .option('--program <program>', 'run another program, or another version, from now on');
    }
    command.action(async (nodes: string[], _, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & StartNodes>();
      const answer = await act(connect(options), nodes.join(','), {
        ...(options.wipe === undefined ? {} : { wipe: options.wipe }),
        ...(options.program === undefined ? {} : { program: programName(options.program) }),
      });
      print(options, answer, () => formatNodes(answer.nodes));
      if (starts) failIfCrashed(answer);
    });
  }
  program
    .command('add')
    .description('add nodes to the cluster')
    .argument('[nodes]', 'how many, or which: n6,n7', '1')
    .option('--program <program>', 'what they run, where that is not what all run')
    .addHelpText(
      'after',
      '\nExamples:\n  pnpm cluster add\n  pnpm cluster add 3\n  pnpm cluster add n6 --program ./v2.ts',
    )
    .action(async (nodes: string, _, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & { program?: string }>();
      const answer = await connect(options).add({
        ...(/^\D/.test(nodes) ? { nodes } : { count: wholeNumber(1, nodesMax)(nodes) }),
        ...(options.program === undefined ? {} : { program: programName(options.program) }),
      });
      print(options, answer, () => formatNodes(answer.nodes));
      failIfCrashed(answer);
    });
}

/** A file is named as seen from here, which need not be where the cluster was started. */
function programName(text: string): string {
  const path = resolve(process.env.INIT_CWD ?? process.cwd(), text);
  return !Object.hasOwn(readyPrograms, text) && existsSync(path) ? path : text;
}

/** A node that was to start and did not is a failure, however well the request went. */
function failIfCrashed({ nodes }: Affected): void {
  if (nodes.some(({ state }) => state === 'crashed')) process.exitCode = 1;
}
