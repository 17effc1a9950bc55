/** `up`: starts a cluster in this process and shows what happens, until it is taken down. */
import { rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ClusterEvent } from '@faultline/actions';
import { pageUrl } from '@faultline/dashboard/page-url';
import { readyPrograms } from '@faultline/programs';
import {
  type ClusterStatus,
  FaultlineError,
  nodesMax,
  parseSize,
  printable,
  printableJson,
  printableLines,
  readyMsDefault,
  roundedDuration,
  type TraceLevel,
  traceLevels,
} from '@faultline/protocol';
import type { RestartPolicy, Supervised, SuperviseOptions } from '@faultline/supervisor';
import { clusterPaths, stateDir, toolCacheDir } from '@faultline/supervisor/registry';
import type { Command } from 'commander';
import { openBrowser } from '../browser.ts';
import { defaultName, type GlobalOptions, print } from '../context.ts';
import { startDetached } from '../detached.ts';
import { CrashLoops } from '../format/crash-loop.ts';
import { formatEvent } from '../format/event.ts';
import { formatStatus } from '../format/status.ts';
import { LineOutput } from '../line-output.ts';
import { isLoopback } from '../loopback.ts';
import { ownPrograms } from '../own-programs.ts';
import { settings, wholeNumber } from '../parse.ts';

const restartPolicies: readonly RestartPolicy[] = ['no', 'on-failure', 'always'];

interface UpOptions extends GlobalOptions {
  readonly nodes: number;
  readonly program: string;
  readonly node: Readonly<Record<string, string>>;
  readonly set: Readonly<Record<string, string>>;
  readonly seed?: string;
  readonly clocks?: string;
  readonly host: string;
  readonly port: number;
  readonly open?: boolean;
  readonly showToken?: boolean;
  readonly tokenFile?: string;
  readonly vector: 'on' | 'off' | 'auto';
  readonly sign?: boolean;
  readonly trace: string;
  readonly traceBody: string;
  readonly queue: string;
  readonly readyTimeout: number;
  readonly restart: RestartPolicy;
  readonly wipe?: boolean;
  readonly keepDisks?: boolean;
  readonly detach?: boolean;
}

export function addUp(program: Command): void {
  program
    .command('up')
    .description('start a cluster and follow its events; Ctrl-C takes it all down')
    .argument('[command...]', 'after --: an executable for every node to run')
    .option('--nodes <count>', 'number of nodes', wholeNumber(1, nodesMax), 5)
    .option('--program <program>', `${Object.keys(readyPrograms).join(', ')}, or a file`, 'kv')
    .option(
      '--node <nodes=program>',
      'what single nodes run instead: a program, or a command in quotes; may be repeated',
      settings,
      {},
    )
    .option('--set <key=value>', 'a setting of the program; may be repeated', settings, {})
    .option('--seed <text>', 'the same seed makes the same decisions about messages')
    .option(
      '--clocks <weather>',
      "how all clocks behave: ntp, 'drifting 50ppm', …; `clock --help` lists them (default: perfect)",
    )
    .option('--host <address>', 'address that the control API listens on', '127.0.0.1')
    .option('--port <port>', 'port of the control API; 0: any free port', wholeNumber(0, 65_535), 0)
    .option('--open', 'open the page in a browser')
    .option('--show-token', "print the API's token with its address")
    .option('--token-file <path>', 'write the token to this file while the cluster runs')
    .option(
      '--vector <on|off|auto>',
      'put vector clocks on every message; auto: with up to 16 nodes',
      'auto',
    )
    .option('--sign', 'sign messages; receivers drop those that a link has changed or forged')
    .option(
      '--trace <off|headers|full>',
      'what to record of messages: nothing, everything but bodies, or everything',
      'headers',
    )
    .option('--trace-body <size>', 'how much of each body to keep with --trace full', '4KiB')
    .option('--queue <size>', "size limit of each receiver's queue", '16MiB')
    .option(
      '--ready-timeout <seconds>',
      'how long a node may take to become ready',
      wholeNumber(1, 3600),
      readyMsDefault / 1000,
    )
    .option(
      '--restart <no|on-failure|always>',
      'when to restart a node whose process ends on its own',
      'no',
    )
    .option('--wipe', 'start with empty disks (default: keep disks of the same program)')
    .option('--keep-disks', 'keep the disks of an earlier run, even of another program')
    .option('--detach', 'return once the cluster is up, and leave it running')
    .addHelpText(
      'after',
      `
Examples:
  pnpm cluster up                                  five nodes of the kv store
  pnpm cluster up --nodes 3 --program ./mine.ts    your own program
  pnpm cluster up --program ./v1.ts --node n3=./v2.ts --node 'n4=python3 node.py'
  pnpm cluster up --wipe --set order=hybrid        kv ordered by hybrid clocks, on empty disks
  pnpm cluster up --clocks ntp                     clocks that are off by a few ms, like real ones
  pnpm cluster up --name second --detach           another cluster, in the background
  pnpm cluster up -- python3 node.py               any executable that joins $FAULTLINE_LINK`,
    )
    .action((argv: string[], _, command: Command) =>
      up(argv, command.optsWithGlobals<UpOptions>()),
    );
}

/** Whatever is not down by then is left to the reaper. */
const downMsMax = 1900;
const exitInterrupted = 130;
/** Time that a start takes before its nodes start: compiling the program, starting the router. */
const startMsMax = 60_000;

async function up(argv: readonly string[], options: UpOptions): Promise<void> {
  if (options.detach) return detach(options);
  const show = eventPrinter(options);
  // Ctrl-C, a second one, a hang-up or a `down` may come at any time, also during the start.
  let supervised: Supervised | undefined;
  const giveUp = new AbortController();
  const stop = (): void => {
    giveUp.abort();
    void supervised?.down();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  // The terminal may be gone; the cluster must go down in order all the same.
  process.stdout.on('error', stop);
  process.stderr.on('error', () => {});
  // Started in the background by a command that was interrupted before it could report that.
  if (process.channel) process.once('disconnect', () => supervised ?? stop());
  process.channel?.unref();
  // Other commands do not need the code that starts a cluster.
  const [{ supervise }, { servePage }] = await Promise.all([
    import('@faultline/supervisor'),
    import('@faultline/dashboard'),
  ]);
  try {
    supervised = await supervise({
      ...superviseOptions(argv, options),
      page: servePage(toolCacheDir(clusterPaths(stateDir(), options.name ?? defaultName).cache)),
      signal: giveUp.signal,
      onEvent(event) {
        show.event(event);
        if (event.kind === 'cluster.stopping') setTimeout(() => process.exit(), downMsMax).unref();
      },
    });
  } catch (error) {
    if (!giveUp.signal.aborted) throw error;
    process.exitCode = exitInterrupted;
    return;
  }
  warnOfOpenHost(options);
  await offerToken(supervised, options);
  await announce(supervised, options, show);
  await supervised.isDown;
  process.exitCode ??= 0;
}

function superviseOptions(argv: readonly string[], options: UpOptions): SuperviseOptions {
  if (!['on', 'off', 'auto'].includes(options.vector)) {
    throw new FaultlineError(
      'BAD_REQUEST',
      `--vector: expected on, off or auto, got ${options.vector}`,
    );
  }
  if (!restartPolicies.includes(options.restart)) {
    throw new FaultlineError(
      'BAD_REQUEST',
      `--restart: expected ${restartPolicies.join(', ')}, got ${options.restart}`,
    );
  }
  return {
    stateDir: stateDir(),
    name: options.name ?? defaultName,
    nodes: options.nodes,
    program: argv.length > 0 ? argv : options.program,
    programs: ownPrograms(options.node, options.nodes),
    readyPrograms,
    settings: options.set,
    seed: options.seed,
    clocks: options.clocks,
    host: options.host,
    port: options.port,
    vector: options.vector,
    sign: options.sign === true,
    trace: traceLevel(options.trace),
    traceBodyBytesMax: parseSize(options.traceBody),
    queueBytesMax: parseSize(options.queue),
    readyTimeoutMs: options.readyTimeout * 1000,
    restart: options.restart,
    disks: diskPolicy(options),
  };
}

function diskPolicy({ wipe = false, keepDisks = false }: UpOptions): SuperviseOptions['disks'] {
  if (wipe && keepDisks) {
    throw new FaultlineError('BAD_REQUEST', 'expected --wipe or --keep-disks, not both');
  }
  if (wipe) return 'wipe';
  return keepDisks ? 'keep' : 'own';
}

function traceLevel(text: string): TraceLevel {
  const level = traceLevels.find((each) => each === text);
  if (level !== undefined) return level;
  throw new FaultlineError(
    'BAD_REQUEST',
    `--trace: expected ${traceLevels.join(', ')}, got ${text}`,
  );
}

interface Printer {
  event(event: ClusterEvent): void;
  /** Shows events as they come from now on. */
  begin(): void;
}

/** Until the table is printed, only failures are kept to be shown, and each stack once. */
function eventPrinter(options: UpOptions): Printer {
  const early: ClusterEvent[] = [];
  const earlyKinds = new Set(['node.crashed', 'node.unready', 'router.crashed']);
  const stacks = new Set<string>();
  let hasBegun = false;
  const output = new LineOutput(process.stdout, (count) =>
    options.json
      ? JSON.stringify({ leftOut: count })
      : `            (${count} lines skipped: the reader was too slow)`,
  );
  const loops = new CrashLoops();
  const show = (recorded: ClusterEvent): void => {
    const event = options.json ? recorded : loops.take(recorded);
    if (event === undefined) return;
    const line = options.json ? printableJson(event) : formatEvent(event);
    if (line !== undefined) output.write(line);
    const stack = event.kind === 'node.crashed' ? event.facts.stack : undefined;
    if (options.json || stack === undefined || stacks.has(stack)) return;
    stacks.add(stack);
    output.write(printableLines(stack).replaceAll(/^/gm, '            '));
  };
  return {
    event(event) {
      if (hasBegun) show(event);
      else if (earlyKinds.has(event.kind)) early.push(event);
    },
    begin() {
      hasBegun = true;
      for (const event of early) show(event);
    },
  };
}

/** On stderr, so that it does not mix with what `--json` prints. */
function warnOfOpenHost({ host }: UpOptions): void {
  if (isLoopback(host)) return;
  process.stderr.write(
    `warning: the control API listens on ${printable(host)} without TLS. Anyone who can read its traffic gets the token, and can then start and kill processes as you. Use --host 127.0.0.1 and a tunnel (ssh -L) to control it from elsewhere. From a container, publish the port on loopback only (127.0.0.1:PORT:PORT).\n`,
  );
}

/** For programs that read a token from a file, such as Prometheus. */
async function offerToken(supervised: Supervised, { tokenFile }: UpOptions): Promise<void> {
  if (tokenFile === undefined) return;
  const path = resolve(process.env.INIT_CWD ?? process.cwd(), tokenFile);
  try {
    rmSync(path, { force: true });
    writeFileSync(path, supervised.token, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    await supervised.down();
    throw new FaultlineError(
      'DISK_ERROR',
      `cannot write the token to ${path}: ${(error as Error).message}`,
      { path, errno: (error as NodeJS.ErrnoException).code },
      { cause: error },
    );
  }
  process.on('exit', () => rmSync(path, { force: true }));
}

/** Printed once a cluster is up; the token only on request. */
interface Announced extends ClusterStatus {
  /** The address of the page, with the token in its fragment. */
  readonly page: string;
  readonly token?: string;
}

const formatAnnounced = ({ token, page, ...status }: Announced): string =>
  [
    formatStatus(status),
    `page       ${page}`,
    ...(token === undefined ? [] : [`token      ${token}`]),
  ].join('\n');

async function announce(supervised: Supervised, options: UpOptions, show: Printer): Promise<void> {
  const status = await supervised.cluster.status(supervised.url);
  if (status.nodes.every(({ state }) => state !== 'ready')) {
    await supervised.down();
    throw noneReady(status);
  }
  const announced: Announced = {
    ...status,
    page: pageUrl(supervised.url, supervised.token),
    ...(options.showToken ? { token: supervised.token } : {}),
  };
  if (process.connected) process.send!({ up: announced });
  if (options.json) process.stdout.write(`${printableJson(announced)}\n`);
  else {
    const name = options.name === undefined ? '' : ` --name ${options.name}`;
    process.stdout.write(
      `${formatAnnounced(announced)}\n\nFrom another terminal: pnpm cluster${name} call n1 … · partition · status · --help\nCtrl-C takes it all down. Events:\n\n`,
    );
  }
  if (options.open) openBrowser(announced.page);
  show.begin();
}

function noneReady({ nodes, program }: ClusterStatus): FaultlineError {
  const reasons = new Set(nodes.map(({ reason }) => reason ?? 'it was stopped'));
  const [first] = reasons;
  const others = reasons.size === 1 ? '' : ` (and ${reasons.size - 1} other reasons)`;
  return new FaultlineError(
    'NODE_START_FAILED',
    `no node of ${program} became ready: ${first}${others}`,
    { program, reasons: [...reasons] },
  );
}

/** Starts the same command as a process in a new session, and waits until the cluster is up. */
async function detach(options: UpOptions): Promise<void> {
  const withinMs = options.readyTimeout * 1000 + startMsMax;
  const started = await startDetached<{ up: Announced }>(
    withoutDetach(process.argv.slice(1)),
    withinMs,
  );
  if ('late' in started) {
    throw new FaultlineError(
      'CLUSTER_UNREACHABLE',
      `the cluster did not come up within ${roundedDuration(withinMs)} and was stopped: run \`up\` without --detach to see why`,
      { withinMs },
    );
  }
  if ('code' in started) {
    process.exitCode = started.code || 1;
    if (started.complaint === '') {
      throw new FaultlineError('CLUSTER_STOPPING', 'the cluster was taken down before it was up');
    }
    process.stderr.write(printableLines(started.complaint));
    return;
  }
  const { up } = started.message;
  // The process in the background has no terminal for it.
  warnOfOpenHost(options);
  print(options, up, () => {
    const name = options.name === undefined ? '' : ` --name ${options.name}`;
    return `${formatAnnounced(up)}\n\nIt runs in the background. To take it down: pnpm cluster down${name}`;
  });
}

/** Everything after `--` belongs to the program. */
function withoutDetach(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  return args.filter((arg, at) => arg !== '--detach' || (end >= 0 && at > end));
}
