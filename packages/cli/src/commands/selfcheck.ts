/** The command that compares what rules are asked for with what they give. */
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
    .description('send known traffic through each kind of rule, and compare asked with given')
    .option('--seed <seed>', 'the same seed, the same decisions; a new one by default')
    .addHelpText(
      'after',
      `
Starts a cluster of its own and takes it down again; those that run are left alone. Fails where a
rule gives something else than it was asked for: shares by bounds that chance crosses once in a
million runs, distributions by Kolmogorov and Smirnov's test.

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
      // It loads what starts a cluster, which other commands need not.
      const { selfCheck } = await import('../selfcheck/run.ts');
      // A reader that has had enough does not end the check.
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
