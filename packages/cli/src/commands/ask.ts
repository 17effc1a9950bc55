/** Commands that query a running cluster: status, stats, ls, call; and down. */
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
    .description("show the router's counters: copies by link and fate, delays, queues")
    .option('--calls', 'show latencies of client calls by type, from the recording')
    .option(runFlag, `with --calls: ${runFlagText}`)
    .addHelpText(
      'after',
      `
Quantiles cover the calls that were answered ok.

Examples:
  pnpm cluster stats
  pnpm cluster stats --calls
  pnpm cluster stats --calls --run latest

For Prometheus, the API serves the router's counters at /metrics.`,
    )
    .action(async (_, self: Command) => {
      const options = self.optsWithGlobals<RunOptions & { readonly calls?: boolean }>();
      if (options.calls) return showCalls(options);
      if (options.run !== undefined) {
        throw new FaultlineError(
          'BAD_REQUEST',
          "expected --calls with --run: a recording does not have the router's counters",
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
    .description('list running clusters')
    .action(async (_, self: Command) => {
      const options = self.optsWithGlobals<GlobalOptions>();
      const clusters = listClusters(stateDir()).map(
        ({ token: _token, processIdentity: _identity, ...file }) => file,
      );
      print(options, clusters, () =>
        clusters.length === 0
          ? 'no cluster is running: start one with `pnpm cluster up`'
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
    .description('take the whole cluster down')
    .action(async (_, self: Command) => down(self.optsWithGlobals<GlobalOptions>()));
}

/** How long a call waits for a cluster that is starting; nodes have 10s, unless `up` sets another limit. */
const upMsMax = 60_000;
const answerMsMax = 3000;
const downMsMax = 5000;

/**
 * Requests the cluster to go down. A cluster that is still starting only handles a signal. One that does
 * not answer, for instance because it was stopped with Ctrl-Z, is killed; its reaper does the rest.
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
  const isAccepted = async (): Promise<boolean> => {
    if (file.url === null) return process.kill(pid, 'SIGTERM');
    const accepted = connectTo(options, file)
      .down()
      .then(
        () => true,
        () => false,
      );
    return Promise.race([accepted, sleep(answerMsMax, false, { ref: false })]);
  };
  if (!((await isAccepted()) && (await isGone(downMsMax)))) {
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
    .description('show the nodes, the router and the rules in force')
    .option('--watch', 'refresh every second')
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
    .description('send a request to a node as a client, and print the reply')
    .argument('<node>', 'n1, leader, random:1')
    .argument('<type>', 'message type')
    .argument('[fields...]', 'key=value; a value that is valid JSON is sent as JSON')
    .option('--timeout <duration>', 'how long to wait for the reply', '2s')
    .option('--client <name>', 'name of the client that calls', 'c1')
    .addHelpText(
      'after',
      `
While the cluster is starting, \`call\` waits for it.

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
