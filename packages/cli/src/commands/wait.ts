/** `wait`: returns when the cluster has reached the state that a script needs, or on a timeout. */
import type { Waited, WaitedFor } from '@faultline/client';
import { FaultlineError, parseDuration, roundedDuration } from '@faultline/protocol';
import type { Command } from 'commander';
import { connectWhenUp, type GlobalOptions, print } from '../context.ts';
import { wholeNumber } from '../parse.ts';

interface WaitCommandOptions extends GlobalOptions {
  readonly timeout: string;
  readonly since: string;
  readonly count?: number;
}

const exitTimedOut = 1;

export function addWait(program: Command): void {
  program
    .command('wait')
    .description('wait until nodes are ready, have a role or a state, or report an event')
    .argument(
      '[what...]',
      'ready (default: every node), NODE is STATE, NODE becomes ROLE, NODE reports EVENT; any: any node',
    )
    .option('--timeout <duration>', 'how long to wait', '30s')
    .option('--since <duration>', 'also count events of the last DURATION', '0s')
    .option(
      '--count <count>',
      'for events: which occurrence (default: 1)',
      wholeNumber(1, 1_000_000),
    )
    .addHelpText(
      'after',
      `
A role or a state counts if a node already has it. An event counts only from now on. If the cluster
is not running yet, \`wait\` waits for it. Exit code: 0 seen, 1 timed out, 3 anything else.

Examples:
  pnpm cluster wait                                every node is ready
  pnpm cluster wait any becomes leader --timeout 10s
  pnpm cluster wait n3 is down
  pnpm cluster wait any reports rule.expired       an event of the cluster or of the program
  pnpm cluster wait n1 reports elected --since 5s --count 2`,
    )
    .action(async (words: string[], _, self: Command) => {
      const options = self.optsWithGlobals<WaitCommandOptions>();
      try {
        await wait(words.join(' '), options);
      } catch (error) {
        if (error instanceof FaultlineError && error.code === 'WAIT_TIMED_OUT') {
          process.exitCode = exitTimedOut;
        }
        throw error;
      }
    });
}

async function wait(text: string, options: WaitCommandOptions): Promise<void> {
  const begunMs = performance.now();
  const timeoutMs = parseDuration(options.timeout);
  const client = await connectWhenUp(options, timeoutMs, { mayCome: true });
  const wanted = await readWanted(text, options, () => client.status());
  const leftMs = Math.max(1, Math.round(timeoutMs - (performance.now() - begunMs)));
  const waited = await client.wait(wanted, { timeout: `${leftMs}ms`, since: options.since });
  const ms = performance.now() - begunMs;
  print(options, { ...waited, afterMs: Math.round(ms) }, () => waitedText(waited, ms));
}

async function readWanted(
  text: string,
  { count = 1 }: WaitCommandOptions,
  status: () => Promise<{ readonly nodes: readonly { readonly id: string }[] }>,
): Promise<WaitedFor> {
  if (text === '' || text === 'ready') return 'ready';
  const [{ readSeenText }, { nodes }] = await Promise.all([
    import('@faultline/plans/data'),
    status(),
  ]);
  const ids = nodes.map(({ id }) => id);
  const seen = readSeenText(text, ids);
  if (count === 1) return seen;
  if (seen.event === undefined) {
    throw new FaultlineError('BAD_REQUEST', '--count: expected NODE reports EVENT');
  }
  return { ...seen, count };
}

function waitedText({ seen, node, event }: Waited, ms: number): string {
  const which = node === null || seen.startsWith(`${node} `) ? '' : `: ${node}`;
  return event === null ? `${seen}${which}` : `${seen}${which}  (after ${roundedDuration(ms)})`;
}
