/**
 * `trace`: messages and their fates, from the recording of a running cluster (with -f as it happens) or
 * of one that is down. `runs`: lists the recordings.
 */
import type { Run, Selection } from '@faultline/analysis';
import { FaultlineError, fates, parseDuration, type TraceEvent } from '@faultline/protocol';
import {
  type FactFilter,
  type LatestFacts,
  type RunEntry,
  type RunFiles,
  trueNowMs,
} from '@faultline/recording';
import { stateDir } from '@faultline/supervisor/registry';
import { type Command, Option } from 'commander';
import { Busy } from '../busy.ts';
import { type GlobalOptions, print, writeOut } from '../context.ts';
import {
  exports,
  exportTexts,
  type FileFormat,
  formatList,
  type HistoryFormat,
  historyTexts,
  isExport,
  isHistory,
} from '../format/exports.ts';
import { type Folded, Folding } from '../format/fold.ts';
import { table } from '../format/table.ts';
import { type TraceFormat, traceFormats } from '../format/trace.ts';
import { wholeNumber } from '../parse.ts';
import {
  clusterOf,
  cutInWords,
  explain,
  findRecordedMessages,
  findRun,
  partLimits,
  type RunOptions,
  runFlag,
  runFlagText,
} from '../recorded-run.ts';

interface TraceOptions extends RunOptions {
  readonly src?: string;
  readonly dest?: string;
  readonly link?: string;
  readonly type?: string;
  readonly fate?: string;
  readonly rule?: string;
  readonly message?: string;
  readonly since?: string;
  readonly from?: string;
  readonly to?: string;
  readonly facts?: boolean;
  readonly fold?: boolean;
  readonly limit?: number;
  readonly follow?: boolean;
  readonly format?: string;
}

const textLimit = 30;

export function addTraceCommands(program: Command): void {
  program
    .command('trace')
    .description('list the latest messages and the fate of each')
    .option('--src <nodes>', 'only messages from these: n1, n1-n3, clients, *')
    .option('--dest <nodes>', 'only messages to these')
    .option('--link <links>', "only messages on these links, such as 'n1>n2' or 'n1<>n2'")
    .option('--type <type>', "only messages of this type; 'wri*' matches a prefix")
    .option('--fate <fate>', fates.map((fate) => fate.replace(' ', '-')).join(', '))
    .option('--rule <id>', 'only messages that this rule touched')
    .option('--message <id>', 'only this message, such as n1.1.345, or one copy, n1.1.345/1')
    .option('--since <duration>', 'only the last DURATION, such as 10s')
    .option('--from <moment>', 'only from this time on, as in the table: 1.5s')
    .option('--to <moment>', 'only up to this time')
    .option('--facts', 'also show handlers, events of programs, links and rules')
    .option('--fold', 'fold three or more similar messages in a row into one line')
    .option(
      '-n, --limit <count>',
      `show the last COUNT messages (default: ${textLimit} as text, all in other formats)`,
      wholeNumber(1, 1_000_000_000),
    )
    .option('-f, --follow', 'follow until the cluster is down')
    .option(runFlag, runFlagText)
    .addOption(
      new Option('--format <format>', 'output format').choices([
        ...Object.keys(traceFormats),
        ...Object.keys(exports),
      ]),
    )
    .addHelpText(
      'after',
      `
Formats:
${formatList()}

If a recording is larger than memory, --fold and the formats from shiviz on show the latest part that
fits, and stderr says where it begins: choose another part with --from and --to.

Examples:
  pnpm cluster trace --fate cut
  pnpm cluster trace --link 'n1>n2' --type 'append*' -f
  pnpm cluster trace --src clients
  pnpm cluster trace --fold --since 10s
  pnpm cluster trace --message c1.1.3 --facts
  pnpm cluster trace --run latest --format jsonl > run.jsonl
  pnpm cluster trace --format perfetto > run.json      open it at https://ui.perfetto.dev
  pnpm cluster trace --format mermaid --from 2s --to 2.1s`,
    )
    .action(async (_, self: Command) => showTrace(self.optsWithGlobals<TraceOptions>()));
  program
    .command('runs')
    .description(
      'list the recordings of a cluster, even if it is down, and say where there are others',
    )
    .option('--prune <count>', 'remove all but the newest COUNT', wholeNumber(0, 1_000_000))
    .addHelpText(
      'after',
      '\nExamples:\n  pnpm cluster runs\n  pnpm cluster runs --prune 5\n  pnpm cluster trace --run 2026-01-31T12',
    )
    .action(async (_, self: Command) =>
      showRuns(self.optsWithGlobals<GlobalOptions & { prune?: number }>()),
    );
}

async function showTrace(options: TraceOptions): Promise<void> {
  const name = options.format ?? (options.json ? 'jsonl' : 'text');
  if (options.fold) requireFoldable(name, options);
  if (isExport(name)) return exportRun(name, options);
  const format = traceFormats[name]!;
  // Fail now instead of waiting for something that can never come.
  if (options.follow) await requireMessage(options, 'well-formed');
  const { factFilter, filterOf, recordFilter, removedInWords, requireRule } = await import(
    '@faultline/recording'
  );
  const files = await findRun(options);
  const startMs = files.run.epoch.trueMs;
  // A finished run ended at its last fact, and its last ten seconds are those before that fact.
  const isAgo = options.since !== undefined && (await files.isOver());
  const nowMs = isAgo ? await files.endMs() : trueNowMs();
  const { facts, follow = false } = options;
  const filter: FactFilter = {
    ...filterOf(options, nowMs),
    ...between(options, startMs),
    message: options.message,
    facts,
  };
  const limit = options.limit ?? (name === 'text' ? textLimit : Number.POSITIVE_INFINITY);
  const output = new Lines(format, startMs);
  // The rule may have come and gone before.
  const { sinceMs: filteredMs = Number.NEGATIVE_INFINITY } =
    options.rule === undefined ? filter : {};
  const window = options.fold
    ? await latestToFold(files, filter, limit)
    : limit === Number.POSITIVE_INFINITY
      ? { fromMs: filteredMs }
      : await files.latest({ filter, limit });
  const cutMs = 'cutMs' in window ? window.cutMs : null;
  const rules = new Set<string>();
  const folding = options.fold ? new Folding() : null;
  const latest: (TraceEvent | Folded)[] = [];
  let isLive = limit === Number.POSITIVE_INFINITY;
  let count = 0;
  const catchUp = (): void => {
    if (count === 0) requireRule(options.rule, rules);
    // A run that is followed may continue.
    if (folding !== null && !follow) show(folding.end());
    if (!isLive && cutMs !== null && latest.length < limit) {
      process.stderr.write(`${cutInWords('folded', cutMs - startMs)}\n`);
    }
    isLive = true;
    for (const fact of latest.splice(0).slice(-limit)) output.put(fact);
  };
  const show = (facts: readonly (TraceEvent | Folded)[]): void => {
    for (const fact of facts) {
      if (isLive) output.put(fact);
      else if (latest.push(fact) > 2 * limit) latest.splice(0, latest.length - limit);
    }
  };
  if ('facts' in window && !follow) {
    count = window.facts.length;
    show(folding === null ? window.facts : window.facts.flatMap((fact) => folding.take(fact)));
    for (const rule of window.rules) rules.add(rule);
  } else {
    // Lines that scroll by on the terminal show the progress themselves.
    using busy = follow || process.stdout.isTTY ? null : new Busy();
    busy?.begin('reading the recording');
    const accepts = factFilter(filter);
    const batches = files.facts({
      ...{ follow, onCaughtUp: catchUp, fromMs: window.fromMs, wants: recordFilter(filter) },
      from: facts ? 'all' : 'router',
    });
    for await (const batch of batches) {
      for (const fact of batch) {
        if (fact.kind === 'rule') rules.add(fact.id);
        if (!accepts(fact)) continue;
        count++;
        show(folding === null ? [fact] : folding.take(fact));
      }
      busy?.update(`reading the recording: ${count} facts`);
      await output.flush();
    }
  }
  if (folding !== null) show(folding.end());
  catchUp();
  await output.flush();
  if (count === 0) await requireMessage(options);
  if (count > 0 || name !== 'text') return;
  const removed = await files.removed();
  const why = removed === undefined ? '' : `; ${removedInWords(removed)}`;
  process.stdout.write(`no such messages${why}\n`);
}

/** The number of messages kept in memory to fold; if they are not enough, they are read one at a time. */
const foldedMax = 100_000;

/** Lines that do not fold although their beginning may be missing. */
const unfoldedMax = 2;

/** `cutMs`: true time; earlier matches are not read. Null: nothing is omitted. */
type WindowToFold = { readonly cutMs: number | null } & (LatestFacts | Pick<LatestFacts, 'fromMs'>);

/** The latest part of the recording that folds into this number of lines, or the largest that may be read. */
async function latestToFold(
  files: RunFiles,
  filter: FactFilter,
  lines: number,
): Promise<WindowToFold> {
  const { factsMax } = partLimits();
  let earliestMs = Number.POSITIVE_INFINITY;
  for (let limit = 10 * lines; limit <= Math.min(foldedMax, factsMax); limit *= 10) {
    const found = await files.latest({ filter, limit });
    const folding = new Folding();
    let count = 0;
    for (const fact of found.facts) count += folding.take(fact).length;
    count += folding.end().length;
    if (count >= lines + unfoldedMax || found.facts.length < limit) {
      return { ...found, cutMs: null };
    }
    earliestMs = found.facts[0]!.atMs;
  }
  const { fromMs } = await files.windowWithin(factsMax, filter);
  if (fromMs === (filter.sinceMs ?? Number.NEGATIVE_INFINITY)) return { fromMs, cutMs: null };
  const cutMs = Math.min(fromMs, earliestMs);
  return { fromMs: cutMs, cutMs };
}

/** Throws BAD_REQUEST. */
function requireFoldable(format: string, { facts = false }: TraceOptions): void {
  if (format === 'text' && !facts) return;
  throw new FaultlineError(
    'BAD_REQUEST',
    `--fold works with the table of messages only: omit ${facts ? '--facts' : `the format ${format}`}`,
    { format },
  );
}

/** `--from` and `--to` count from the beginning of the run, `--since` back from its end; all apply. */
function between(
  { from, to, since }: TraceOptions,
  startMs: number,
): { sinceMs?: number; untilMs?: number } {
  if (from !== undefined && since !== undefined) {
    throw new FaultlineError(
      'BAD_REQUEST',
      '--since counts back from the end and --from from the beginning: use only one of them',
    );
  }
  return {
    ...(from === undefined ? {} : { sinceMs: startMs + parseDuration(from) }),
    ...(to === undefined ? {} : { untilMs: startMs + parseDuration(to) }),
  };
}

/** Throws NOT_FOUND if the run has no message with the requested id. */
async function requireMessage(
  options: TraceOptions,
  enough: 'there' | 'well-formed' = 'there',
): Promise<void> {
  const { message } = options;
  if (message === undefined) return;
  const { isMessageId } = await import('@faultline/analysis');
  if (enough === 'well-formed' && isMessageId(message)) return;
  await explain(options, message);
}

/** The run as a file for another tool. */
async function exportRun(name: FileFormat, options: TraceOptions): Promise<void> {
  if (options.follow) {
    throw new FaultlineError(
      'BAD_REQUEST',
      `${name} is a file of what has been recorded: omit --follow`,
      { format: name },
    );
  }
  const files = await findRecordedMessages(options);
  const texts = isWholeHistory(name, options)
    ? await historyTexts(name, files.historyEntries())
    : await exportTexts(name, ...(await selected(name, files, options)));
  for (const text of texts) await writeOut(text);
}

/** The part of the run that the options select and that fits. Prints to stderr what did not fit. */
async function selected(
  name: FileFormat,
  files: RunFiles,
  options: TraceOptions,
): Promise<[Run, Selection]> {
  const [{ filterOf }, analysis] = await Promise.all([
    import('@faultline/recording'),
    import('@faultline/analysis'),
  ]);
  const startMs = files.run.epoch.trueMs;
  const [endMs, events] = await Promise.all([files.endMs(), files.events()]);
  const lastMs = Math.max(startMs, endMs, startMs + (events.at(-1)?.atMs ?? 0));
  const filters: FactFilter = { ...filterOf(options, lastMs), ...between(options, startMs) };
  const { sinceMs, untilMs, ...filter } = filters;
  const { message, limit } = options;
  const range = {
    sinceMs: sinceMs ?? Number.NEGATIVE_INFINITY,
    untilMs: untilMs ?? Number.POSITIVE_INFINITY,
  };
  const limits = partLimits();
  const { run, isWhole, cutMs } = await analysis.partFromFiles(files, async () => range, limits);
  const selectedFrom = (fromMs: number | undefined): Selection => ({
    ...filter,
    fromMs: fromMs === undefined ? undefined : fromMs - startMs,
    toMs: untilMs === undefined ? undefined : untilMs - startMs,
    messages: message === undefined ? undefined : [message],
    latest: limit,
  });
  const selection = selectedFrom(cutMs ?? sinceMs);
  if (message !== undefined) {
    const { message: isInPart } = analysis.select(run, selection);
    const row = run.findMessage(analysis.withoutCopy(message));
    // A message outside this part is found where it is, or does not exist at all.
    if (row < 0 || !(isWhole || isInPart(row))) {
      return [(await explain(options, message)).run, selectedFrom(sinceMs)];
    }
  }
  const chosen = analysis.select(run, selection);
  if (cutMs !== null && !(limit !== undefined && chosen.countMessages() >= limit)) {
    process.stderr.write(`${cutInWords('exported', cutMs - startMs)}\n`);
  }
  const steps = name === 'shiviz' ? chosen.countSteps() : 0;
  if (steps > analysis.shivizStepsMax) {
    process.stderr.write(
      `${steps} steps are more than ShiViz can draw in a minute: select fewer with --from, --to, --link or --type\n`,
    );
  }
  return [run, selection];
}

/** Whether only the clients' history is written: it is streamed, whatever its size. */
function isWholeHistory(name: FileFormat, options: TraceOptions): name is HistoryFormat {
  const { src, dest, link, type, fate, rule, message, since, from, to, limit } = options;
  const asked = [src, dest, link, type, fate, rule, message, since, from, to, limit];
  return isHistory(name) && asked.every((each) => each === undefined);
}

/** Writes as fast as the reader reads. */
class Lines {
  readonly #format: TraceFormat;
  readonly #startMs: number;
  #text = '';
  #hasHead = false;

  constructor(format: TraceFormat, startMs: number) {
    this.#format = format;
    this.#startMs = startMs;
  }

  put(fact: TraceEvent | Folded): void {
    const { head } = this.#format;
    if (!this.#hasHead && head !== undefined) this.#text += `${head}\n`;
    this.#hasHead = true;
    this.#text += `${this.#format.line(fact, this.#startMs)}\n`;
  }

  async flush(): Promise<void> {
    const text = this.#text;
    this.#text = '';
    if (text !== '') await writeOut(text);
  }
}

async function showRuns(options: GlobalOptions & { prune?: number }): Promise<void> {
  const cluster = clusterOf(options);
  const { clustersWithRuns, keptTestRuns, listRuns, pruneRuns } = await import(
    '@faultline/recording'
  );
  if (options.prune !== undefined) {
    const gone = await pruneRuns(stateDir(), cluster, options.prune);
    print(options, { removed: gone.map(({ run }) => run) }, () =>
      gone.length === 0
        ? 'nothing to remove'
        : `${gone.length} removed, ${sizeOf(gone.reduce((sum, { bytes }) => sum + bytes, 0))}`,
    );
    return;
  }
  const [runs, clusters, ofTests] = await Promise.all([
    listRuns(stateDir(), cluster),
    clustersWithRuns(stateDir()),
    keptTestRuns(stateDir()),
  ]);
  const others = clusters.filter(({ name }) => name !== cluster);
  print(options, runs, () =>
    [
      runs.length === 0
        ? `the cluster ${cluster} has no recording`
        : table(['RUN', 'STATE', 'LASTED', 'NODES', 'PROGRAM', 'SEED', 'SIZE'], runs.map(runRow)),
      ...otherRuns(others, ofTests),
    ].join('\n'),
  );
}

/** Where else to look: the runs of a plan belong to the cluster that it names. */
function otherRuns(
  clusters: readonly { readonly name: string; readonly runs: number }[],
  ofTests: readonly RunEntry[],
): string[] {
  const newest = ofTests.at(-1);
  return [
    ...(clusters.length === 0
      ? []
      : [
          `of other clusters (use --name): ${clusters.map(({ name, runs }) => `${name} (${runs})`).join(', ')}`,
        ]),
    ...(newest === undefined
      ? []
      : [
          `of failed tests (use --run): ${ofTests.length === 1 ? newest.run : `${ofTests.length}, the newest ${newest.run}`}`,
        ]),
  ];
}

function runRow({ run, info, isRunning, lastedMs, bytes }: RunEntry): string[] {
  const lasted = lastedMs === null ? '?' : `${(lastedMs / 1000).toFixed(1)}s`;
  return [
    run,
    isRunning ? 'running' : 'over',
    lasted,
    info === null ? '?' : String(info.nodes.length),
    info?.program ?? '?',
    info?.seed ?? '?',
    sizeOf(bytes),
  ];
}

const sizeOf = (bytes: number): string =>
  bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
