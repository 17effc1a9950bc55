/** `up`: brings a cluster up in this process and shows what happens, until it is taken down. */
import { spawn } from 'node:child_process';
import { readyPrograms } from '@faultline/programs';
import { type ClusterEvent, FaultlineError, parseSize } from '@faultline/protocol';
import type { Supervised, SuperviseOptions } from '@faultline/supervisor';
import { stateDir } from '@faultline/supervisor/registry';
import type { Command } from 'commander';
import { defaultName, type GlobalOptions } from '../context.ts';
import { formatEvent } from '../format/event.ts';
import { formatStatus } from '../format/status.ts';
import { settings, wholeNumber } from '../parse.ts';

interface UpOptions extends GlobalOptions {
  readonly nodes: number;
  readonly program: string;
  readonly set: Readonly<Record<string, string>>;
  readonly seed?: string;
  readonly host: string;
  readonly port: number;
  readonly vector: 'on' | 'off' | 'auto';
  readonly trace: boolean;
  readonly queue: string;
  readonly readyTimeout: number;
  readonly detach?: boolean;
}

export function addUp(program: Command): void {
  program
    .command('up')
    .description('start a cluster and watch it; Ctrl-C takes all of it down')
    .argument('[command...]', 'after --: an executable that every node runs')
    .option('--nodes <count>', 'how many', wholeNumber(1, 200), 5)
    .option('--program <program>', `${Object.keys(readyPrograms).join(', ')}, or a file`, 'kv')
    .option('--set <key=value>', 'a setting for the program; may be repeated', settings, {})
    .option('--seed <text>', 'the same seed, the same decisions about messages')
    .option('--host <address>', 'where the control API listens', '127.0.0.1')
    .option('--port <port>', 'of the control API; 0: any free one', wholeNumber(0, 65_535), 0)
    .option(
      '--vector <on|off|auto>',
      'vector clocks on every message; auto: up to 16 nodes',
      'auto',
    )
    .option('--no-trace', 'record no messages')
    .option('--queue <size>', 'how much may wait for one receiver', '16MiB')
    .option(
      '--ready-timeout <seconds>',
      'how long a node may take to get ready',
      wholeNumber(1, 3600),
      10,
    )
    .option('--detach', 'return when it is up, and leave it running')
    .addHelpText(
      'after',
      `
Examples:
  pnpm cluster up                                  five nodes of the kv store
  pnpm cluster up --nodes 3 --program ./mine.ts    your own program
  pnpm cluster up --set order=hybrid               kv that orders by hybrid clocks
  pnpm cluster up --name second --detach           one more cluster, in the background
  pnpm cluster up -- python3 node.py               any executable that joins $FAULTLINE_LINK`,
    )
    .action((argv: string[], _, command: Command) =>
      up(argv, command.optsWithGlobals<UpOptions>()),
    );
}

async function up(argv: readonly string[], options: UpOptions): Promise<void> {
  if (options.detach) return detach(options);
  const show = eventPrinter(options);
  // A second Ctrl-C, a hang-up or a `down` may come at any moment, also while it starts.
  let supervised: Supervised | undefined;
  let isAsked = false;
  const stop = (): void => {
    isAsked = true;
    void supervised?.down();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  // The terminal may be gone; that must not keep the cluster from going down in order.
  process.stdout.on('error', stop);
  // The other commands need not load what starts a cluster.
  const { supervise } = await import('@faultline/supervisor');
  supervised = await supervise({ ...superviseOptions(argv, options), onEvent: show.event });
  if (isAsked) await supervised.down();
  else announce(supervised, options, show);
  await supervised.isDown;
  process.exitCode ??= 0;
}

function superviseOptions(argv: readonly string[], options: UpOptions): SuperviseOptions {
  if (!['on', 'off', 'auto'].includes(options.vector)) {
    throw new FaultlineError('BAD_REQUEST', `--vector is on, off or auto, not ${options.vector}`);
  }
  return {
    stateDir: stateDir(),
    name: options.name ?? defaultName,
    nodes: options.nodes,
    program: argv.length > 0 ? argv : options.program,
    readyPrograms,
    settings: options.set,
    seed: options.seed,
    host: options.host,
    port: options.port,
    vector: options.vector,
    trace: options.trace,
    queueBytesMax: parseSize(options.queue),
    readyTimeoutMs: options.readyTimeout * 1000,
  };
}

interface Printer {
  event(event: ClusterEvent): void;
  /** From now on events are shown as they come. */
  begin(): void;
}

/** Before the table stands, only what went wrong is shown. */
function eventPrinter(options: UpOptions): Printer {
  let hasBegun = false;
  const early = new Set(['node.crashed', 'node.unready', 'router.crashed']);
  return {
    event(event) {
      if (!hasBegun && !early.has(event.kind)) return;
      const line = options.json ? JSON.stringify(event) : formatEvent(event);
      if (line !== undefined) process.stdout.write(`${line}\n`);
      const { stack } = event.facts;
      if (!options.json && typeof stack === 'string')
        process.stdout.write(`${stack.replaceAll(/^/gm, '            ')}\n`);
    },
    begin() {
      hasBegun = true;
    },
  };
}

function announce(supervised: Supervised, options: UpOptions, show: Printer): void {
  const status = supervised.cluster.status(supervised.url);
  const ready = status.nodes.filter(({ state }) => state === 'ready').length;
  if (ready === 0) {
    const reason = status.nodes.find((node) => node.reason !== null)?.reason;
    void supervised.down();
    throw new FaultlineError(
      'NODE_START_FAILED',
      `no node of ${status.program} got ready: ${reason}`,
      {
        program: status.program,
      },
    );
  }
  if (process.send) process.send({ up: status });
  if (options.json) process.stdout.write(`${JSON.stringify(status)}\n`);
  else {
    const name = options.name === undefined ? '' : ` --name ${options.name}`;
    process.stdout.write(
      `${formatStatus(status)}\n\nAsk it from another terminal: pnpm cluster${name} call n1 … · partition · status · --help\nCtrl-C takes all of it down. What happens:\n\n`,
    );
  }
  show.begin();
}

/** Starts the same command in a process of its own session, and waits until that is up. */
function detach(options: UpOptions): Promise<void> {
  const args = process.argv.slice(1).filter((argument) => argument !== '--detach');
  const child = spawn(process.execPath, args, {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let complaint = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  return new Promise((resolve) => {
    child.on('message', ({ up: status }: { up: Parameters<typeof formatStatus>[0] }) => {
      child.disconnect();
      child.stderr!.destroy();
      child.unref();
      process.stdout.write(
        options.json
          ? `${JSON.stringify(status)}\n`
          : `${formatStatus(status)}\n\nIt runs in the background. Take it down with: pnpm cluster down${options.name === undefined ? '' : ` --name ${options.name}`}\n`,
      );
      resolve();
    });
    child.on('exit', (code) => {
      process.stderr.write(complaint);
      process.exitCode = code ?? 1;
      resolve();
    });
  });
}
