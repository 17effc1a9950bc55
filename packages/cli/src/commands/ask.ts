/** Commands that ask a cluster that runs: status, stats, ls, call; and down. */
import { setTimeout as sleep } from 'node:timers/promises';
import { FaultlineError, roundedDuration } from '@faultline/protocol';
import { isRunning, listClusters, stateDir } from '@faultline/supervisor/registry';
import type { Command } from 'commander';
import {
  connect,
  connectTo,
  connectWhenUp,
  findClusterFile,
  type GlobalOptions,
  print,
} from '../context.ts';
import { formatStats } from '../format/stats.ts';
import { formatStatus } from '../format/status.ts';
import { table } from '../format/table.ts';
import { bodyFields } from '../parse.ts';
import { findRun, type RunOptions, runFlag, runFlagText } from '../recorded-run.ts';
import { addHappened } from './happened.ts';
import { addLogs } from './logs.ts';
import { addWait } from './wait.ts';

async function showCalls(options: RunOptions): Promise<void> {
  const [history, { historyOfEntries }, { callsByType, formatCalls }] = await Promise.all([
    findRun(options).then((run) => run.history()),
    import('@faultline/history'),
    import('../format/calls.ts'),
  ]);
  const calls = callsByType(historyOfEntries(history).operations);
  print(options, { calls }, () => formatCalls(calls));
}

export function addAskCommands(program: Command): void {
  addStatus(program);
  program
    .command('stats')
    .description('what the router has counted: copies by link and fate, delays, queues')
    .option('--calls', 'latencies of the calls of clients by type, from the recording')
    .option(runFlag, `with --calls: ${runFlagText}`)
    .addHelpText(
      'after',
      `
Quantiles of calls are of those that were answered ok.

Examples:
  pnpm cluster stats
  pnpm cluster stats --calls
  pnpm cluster stats --calls --run latest

Prometheus finds what the router has counted at /metrics of the API.`,
    )
    .action(async (_, self: Command) => {
      const options = self.optsWithGlobals<RunOptions & { readonly calls?: boolean }>();
      if (options.calls) return showCalls(options);
      if (options.run !== undefined) {
        throw new FaultlineError(
          'BAD_REQUEST',
          'expected --calls with --run: a recording has no counts of the router',
        );
      }
      const stats = await connect(options).stats();
      print(options, stats, () => formatStats(stats));
    });
  addCall(program);
  addWait(program);
  addLogs(program);
  addHappened(program);
  program
    .command('ls')
    .description('list the clusters that run')
    .action(async (_, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions>();
      const clusters = listClusters(stateDir()).map(
        ({ token: _token, processIdentity: _identity, ...file }) => file,
      );
      print(options, clusters, () =>
        clusters.length === 0
          ? 'no cluster runs: start one with `pnpm cluster up`'
          : table(
              ['NAME', 'PID', 'API', 'STARTED'],
              clusters.map(({ name, pid, url, startedAt }) => [
                name,
                String(pid),
                url ?? 'starting',
                startedAt,
              ]),
            ),
      );
    });
  program
    .command('down')
    .description('take the cluster down, all of it')
    .action(async (_, self: Command) => down(self.optsWithGlobals<GlobalOptions>()));
}

/** A call waits that long for a cluster that is starting; nodes have 10s, unless `up` says otherwise. */
const upMsMax = 60_000;
const answerMsMax = 3000;
const downMsMax = 5000;

/**
 * Asks the cluster to go down. One that is still starting listens to a signal only, and one that does
 * not answer, stopped with Ctrl-Z for instance, is killed: its reaper does the rest.
 */
async function down(options: GlobalOptions): Promise<void> {
  const file = findClusterFile(options);
  const { name, pid } = file;
  const isGone = async (withinMs: number): Promise<boolean> => {
    const endMs = performance.now() + withinMs;
    while (isRunning(file)) {
      if (performance.now() > endMs) return false;
      await sleep(20);
    }
    return true;
  };
  const hasHeard = async (): Promise<boolean> => {
    if (file.url === null) return process.kill(pid, 'SIGTERM');
    const asked = connectTo(options, file)
      .down()
      .then(
        () => true,
        () => false,
      );
    return Promise.race([asked, sleep(answerMsMax, false, { ref: false })]);
  };
  if (!((await hasHeard()) && (await isGone(downMsMax)))) {
    process.kill(pid, 'SIGKILL');
    if (!(await isGone(downMsMax))) {
      throw new FaultlineError('CLUSTER_UNREACHABLE', `${name} (process ${pid}) cannot be killed`, {
        name,
        pid,
      });
    }
  }
  print(options, { down: name }, () => `${name} is down`);
}

function addStatus(program: Command): void {
  program
    .command('status')
    .description('what runs, and how it is')
    .option('--watch', 'again and again')
    .action(async (_, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & { watch?: boolean }>();
      const client = connect(options);
      for (;;) {
        const status = await client.status();
        if (options.watch && process.stdout.isTTY && !options.json)
          process.stdout.write('\x1b[2J\x1b[H');
        print(options, status, () => formatStatus(status));
        if (!options.watch) return;
        await sleep(1000);
      }
    });
}

function addCall(program: Command): void {
  program
    .command('call')
    .description('send a request to a node, as a client, and print the answer')
    .argument('<node>', 'n1, leader, random:1')
    .argument('<type>', 'the type of the message')
    .argument('[fields...]', 'key=value; a value that is JSON is taken as JSON')
    .option('--timeout <duration>', 'how long to wait for the answer', '2s')
    .option('--client <name>', 'who calls', 'c1')
    .addHelpText(
      'after',
      `
It waits while the cluster starts.

Examples:
  pnpm cluster call n1 write key=x value=1
  pnpm cluster call n4 read key=x
  pnpm cluster call n2 echo text='"42"' --timeout 500ms`,
    )
    .action(async (node: string, type: string, fields: string[], _, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions & { timeout: string; client: string }>();
      const client = await connectWhenUp(options, upMsMax);
      const answer = await client.call(
        node,
        { ...bodyFields(fields), type },
        { timeout: options.timeout, client: options.client },
      );
      print(options, answer, () => {
        const { type: replyType, in_reply_to: _reply, msg_id: _id, ...rest } = answer.body;
        const shown = Object.keys(rest).length === 0 ? '' : ` ${JSON.stringify(rest)}`;
        return `${replyType}${shown}  (${answer.node}, ${roundedDuration(answer.ms)}, message ${answer.message})`;
      });
    });
}
