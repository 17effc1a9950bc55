#!/usr/bin/env node
/** The `cluster` command. One line for every error, whatever went wrong. */
import { asFaultlineError, FaultlineError, printable, toErrorBody } from '@faultline/protocol';
import { Command, CommanderError } from 'commander';
import { exitCouldNot, judging } from './commands/plan.ts';
import { addCommands } from './commands.ts';
import { addCompletion } from './completion.ts';
import { refuseRepeated } from './given-once.ts';
import { rootHelp } from './groups.ts';
import { joinSigned } from './parse.ts';
import { version } from './version.ts';
import { joinWords } from './words-behind.ts';

/** Commands that cannot do without the kinds of rules. */
const needKinds = ['link', 'faults', 'complete'];

/** Commands in whose process a cluster runs. */
const ownsOutput = new Set(['up', 'run', 'replay', 'selfcheck']);

/** The code of a failure: where others tell of a verdict, this one tells that there is none. */
const failed = { code: 1 };
const failsLike = (command: Command): void => {
  failed.code = judging.has(command.name()) ? exitCouldNot : 1;
};

async function commands(argv: readonly string[]): Promise<Command> {
  const program = new Command('cluster')
    .description(
      'A cluster of real processes on this machine, and everything a bad network does to it.',
    )
    .version(version, '--version', 'print the version')
    .option('--name <name>', 'which cluster')
    .option('--json', 'answer in JSON')
    .option('--verbose', 'show the API calls that are made')
    .enablePositionalOptions(false)
    .showSuggestionAfterError(true)
    .addHelpText(
      'after',
      `
Examples:
  pnpm cluster up
  pnpm cluster call n1 write key=x value=1
  pnpm cluster partition 'n1,n2 | n3,n4,n5'
  pnpm cluster clock n5 --jump +1h
  pnpm cluster heal
  pnpm cluster run plan.yaml

pnpm cluster COMMAND --help explains a command; \`complete\` prints completions for a shell.`,
    );
  const isAboutKinds = argv.some((word) => needKinds.includes(word));
  addCommands(program, isAboutKinds ? (await import('./catalogue.ts')).catalogue : undefined);
  program.helpInformation = () => rootHelp(program);
  // Whoever reads the output has had enough: `up --help | head`. What runs a cluster has its own way
  // to end.
  process.stdout.on('error', endQuietly);
  program.hook('preAction', (_, command) => {
    failsLike(command);
    if (ownsOutput.has(command.name())) process.stdout.off('error', endQuietly);
  });
  for (const command of [program, ...program.commands]) {
    refuseRepeated(command);
    command.configureOutput({ writeErr: () => {} }).exitOverride((error) => {
      failsLike(command);
      throw error;
    });
  }
  addCompletion(program);
  return program;
}

function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}

async function run(argv: readonly string[]): Promise<void> {
  // What nobody caught is a bug of ours. Where a cluster runs here, its reaper takes it down.
  process.on('uncaughtException', (thrown) => {
    fail(thrown, argv);
    process.exit();
  });
  try {
    await (await commands(argv)).parseAsync(argv, { from: 'user' });
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return;
    fail(thrown, argv);
  }
}

function fail(thrown: unknown, argv: readonly string[]): void {
  const error = readError(thrown);
  process.stderr.write(
    argv.includes('--json')
      ? `${JSON.stringify(toErrorBody(error))}\n`
      : `error ${error.code}: ${oneLine(error.message)}${whichMessage(error)}\n`,
  );
  if (error.code === 'INTERNAL' && argv.includes('--verbose')) {
    process.stderr.write(`${(error.cause as Error | undefined)?.stack ?? ''}\n`);
  }
  process.exitCode ||= failed.code;
}

function readError(thrown: unknown): FaultlineError {
  if (!(thrown instanceof CommanderError)) return asFaultlineError(thrown);
  const message = thrown.message.replace(/^error: /, '').replaceAll('\n', ' ');
  if (thrown.code === 'commander.help') {
    return new FaultlineError(
      'BAD_REQUEST',
      'expected a command: `pnpm cluster --help` lists them',
    );
  }
  return new FaultlineError('BAD_REQUEST', message);
}

/** Of a call that went wrong: by which id the recording knows the request. */
const whichMessage = ({ facts, message }: FaultlineError): string =>
  typeof facts.message === 'string' && !message.includes(facts.message)
    ? printable(`  (message ${facts.message})`)
    : '';

const oneLine = (text: string): string => printable(text.replaceAll(/\s*\n\s*/g, ' '));

void run(joinWords(joinSigned(process.argv.slice(2))));
