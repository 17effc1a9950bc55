/** The command that compares what rules were asked to do with what they did. */
import { randomBytes } from 'node:crypto';
import { formatDuration } from '@faultline/protocol';
import type { Command } from 'commander';
import { Busy } from '../busy.ts';
import { type GlobalOptions, print } from '../context.ts';
import { table } from '../format/table.ts';

const exitInterrupted = 130;

export function addSelfCheck(program: Command): void {
  program
    .command('selfcheck')
    .description('send known traffic through each kind of rule, and check the outcome')
    .option('--seed <seed>', 'the same seed makes the same decisions (default: a new one)')
    .addHelpText(
      'after',
      `
Starts its own cluster and takes it down again; running clusters are left alone. Fails if a rule does
not do what it was asked to. Shares are compared with bounds that chance exceeds once in a million
runs, distributions by the Kolmogorov-Smirnov test.

Examples:
  pnpm cluster selfcheck
  pnpm cluster selfcheck --seed 42 --json`,
    )
    .action(async (_, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & { seed?: string }>();
      const giveUp = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
        process.on(signal, () => giveUp.abort());
      }
      // It loads the code that starts a cluster, which other commands do not need.
      const { selfCheck } = await import('../selfcheck/run.ts');
      // A reader that closes the pipe does not end the check.
      process.stdout.on('error', () => {});
      using busy = new Busy();
      const seed = options.seed ?? randomBytes(4).toString('hex');
      try {
        busy.begin('starting a cluster');
        const checked = await selfCheck(seed, giveUp.signal, (text) => busy.update(text));
        busy.clear();
        const wrong = checked.rows.filter(({ isRight }) => !isRight).length;
        if (wrong > 0) process.exitCode = 1;
        print(options, checked, () =>
          [
            table(
              ['CHECK', 'ASKED', 'GIVEN', ''],
              checked.rows.map(({ check, asked, given, isRight }) => [
                check,
                asked,
                given,
                isRight ? 'ok' : 'WRONG',
              ]),
            ),
            '',
            `${checked.messages} messages in ${formatDuration(Math.round(checked.tookMs))}, seed ${seed}: ${wrong === 0 ? 'all as asked' : `${wrong} of ${checked.rows.length} are not as asked`}`,
          ].join('\n'),
        );
      } catch (error) {
        if (!giveUp.signal.aborted) throw error;
        process.exitCode = exitInterrupted;
      }
    });
}
