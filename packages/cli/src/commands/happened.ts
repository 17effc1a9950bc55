/** `events` and `timeline`: what happened, in a running cluster or in a recording. */
import type { ClusterEvent } from '@faultline/actions';
import { asFaultlineError, printableJson } from '@faultline/protocol';
import type { Command } from 'commander';
import { connect, writeOut } from '../context.ts';
import { CrashLoops } from '../format/crash-loop.ts';
import { formatEvent } from '../format/event.ts';
import {
  cutInWords,
  findRun,
  isRecorded,
  partLimits,
  type RunOptions,
  refuseFollow,
  runFlag,
  runFlagText,
} from '../recorded-run.ts';

type TimelineOptions = RunOptions & { readonly from?: string; readonly to?: string };

type EventsOptions = RunOptions & { readonly follow?: boolean };

export function addHappened(program: Command): void {
  program
    .command('events')
    .description('list the events so far; with -f, follow new ones')
    .option('-f, --follow', 'follow until the cluster is down')
    .option(runFlag, runFlagText)
    .addHelpText(
      'after',
      `
After \`down\`, the events come from the last run.

Examples:
  pnpm cluster events -f
  pnpm cluster events --run latest`,
    )
    .action(async (_, self: Command) => showEvents(self.optsWithGlobals<EventsOptions>()));
  program
    .command('timeline')
    .description('list events, faults and client operations of a run in one order')
    .option('--from <moment>', 'only from this time on, such as 1.5s')
    .option('--to <moment>', 'only up to this time')
    .option(runFlag, runFlagText)
    .addHelpText(
      'after',
      `
An operation is listed where it was invoked, with its result and the id of its message; \`why ID\` explains
what happened to that message.
If a run is larger than memory, stderr says where the latest part that fits begins: choose another part
with --from and --to.

Examples:
  pnpm cluster timeline --from 2s --to 3s
  pnpm cluster timeline --run latest --json`,
    )
    .action(async (_, self: Command) => {
      await showTimeline(self.optsWithGlobals<TimelineOptions>());
    });
}

async function showTimeline(options: TimelineOptions): Promise<void> {
  const [{ timeline, timelineLine }, files] = await Promise.all([
    import('../format/timeline.ts'),
    findRun(options),
  ]);
  const { from, to, json } = options;
  const { entries, cutMs } = timeline(files.eventEntries(), files.historyEntries(), {
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    charsMax: partLimits().historyCharsMax,
  });
  if (entries.length === 0 && !json) process.stdout.write('nothing happened in that time\n');
  if (cutMs !== null) {
    const firstMs = entries[0]?.atMs ?? cutMs;
    process.stderr.write(`${cutInWords('shown', firstMs)}\n`);
  }
  for (const entry of entries) {
    await writeOut(`${json ? printableJson(entry) : timelineLine(entry)}\n`);
  }
}

async function* eventsOf(options: EventsOptions): AsyncGenerator<ClusterEvent> {
  const { follow = false } = options;
  if (!isRecorded(options)) return yield* connect(options).events({ follow });
  const run = await findRun(options);
  refuseFollow(options);
  yield* run.eventEntries();
}

async function showEvents(options: EventsOptions): Promise<void> {
  const loops = new CrashLoops();
  try {
    for await (const event of eventsOf(options)) {
      const shown = options.json ? event : loops.take(event);
      if (shown === undefined) continue;
      const line = options.json ? printableJson(event) : formatEvent(shown);
      if (line !== undefined) await writeOut(`${line}\n`);
    }
  } catch (error) {
    if (asFaultlineError(error).code !== 'CLUSTER_UNREACHABLE' || !options.follow) throw error;
  }
}
