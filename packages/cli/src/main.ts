#!/usr/bin/env node
/** The `cluster` command. Every error is one line. */
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

/** Commands that need the kinds of rules. */
const needKinds = ['link', 'faults', 'complete'];

/** Commands in whose process a cluster runs. */
const ownsOutput = new Set(['up', 'run', 'replay', 'selfcheck']);

/** The exit code of a failure. For commands whose exit code is a verdict, it means that there is none. */
const failed = { code: 1 };
const failsLike = (command: Command): void => {
  failed.code = judging.has(command.name()) ? exitCouldNot : 1;
};

async function commands(argv: readonly string[]): Promise<Command> {
  const program = new Command('cluster')
    .description(
      'A cluster of real processes on this machine, and everything a bad network can do to it.',
    )
    .version(version, '--version', 'print the version')
    .option('--name <name>', 'the cluster to use')
    .option('--json', 'print JSON')
    .option('--verbose', 'print the API calls too')
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
  // The reader has closed the pipe: `up --help | head`. Commands that run a cluster end in their own
  // way.
  process.stdout.on('error', endQuietly);
  program.hook('preAction', (_, command) => {
    failsLike(command);
    if (ownsOutput.has(command.name())) process.stdout.off('error', endQuietly);
  });
  for (const command of [program, ...program.commands]) {
    refuseRepeated(command);
    command.configureOutput({ writeErr: () => {} }).exitOverride((error) => {
      failsLike(command);
      throw withHelp(error, command === program ? '' : `${command.name()} `);
    });
  }
  addCompletion(program);
  return program;
}

/** An error that suggests a flag or a command already says what to do. */
function withHelp(error: CommanderError, command: string): CommanderError {
  if (
    error.exitCode === 0 ||
    error.code === 'commander.help' ||
    /did you mean/i.test(error.message)
  )
    return error;
  const message = `${error.message.replace(/\.$/, '')}: see \`pnpm cluster ${command}--help\``;
  return new CommanderError(error.exitCode, error.code, message);
}

function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}

async function run(argv: readonly string[]): Promise<void> {
  // An uncaught error is our bug. If a cluster runs here, its reaper takes it down.
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

/** Of a failed call: the id of the request in the recording. */
const whichMessage = ({ facts, message }: FaultlineError): string =>
  typeof facts.message === 'string' && !message.includes(facts.message)
    ? printable(`  (message ${facts.message})`)
    : '';

const oneLine = (text: string): string => printable(text.replaceAll(/\s*\n\s*/g, ' '));

void run(joinWords(joinSigned(process.argv.slice(2))));
