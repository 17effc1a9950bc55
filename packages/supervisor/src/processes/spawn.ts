/**
 * Starts a process in its own group, so that a signal reaches it and its child processes, and so that
 * Ctrl-C in the user's terminal does not reach it directly.
 */
import { ChildProcess, type SpawnOptions as NodeSpawnOptions, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { workDir } from '../programs/source-place.ts';
import {
  type ChannelOptions,
  ControlChannel,
  channelDescriptor,
  channelEnvironment,
} from './control-channel.ts';
import type { ProcessMark } from './mark.ts';
import { signalGroup } from './signal-group.ts';

export interface Spawned {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Undefined if the process has no channel, or could not be started. */
  readonly channel: ControlChannel | undefined;
  /** Resolves when the process and its child processes have exited, and their output has been read. */
  readonly exited: Promise<Exit>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why the process could not be started, such as ENOENT. */
  readonly error: string | null;
}

export interface SpawnOptions {
  readonly argv: readonly [string, ...string[]];
  /** A channel for control messages, for programs with our SDK, which exit when it closes. */
  readonly channel?: ChannelOptions | undefined;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly mark: ProcessMark;
  /** Kills processes that the process started and left behind, once it has exited. */
  readonly sweep?: () => Promise<void>;
  /** Called with the group before any code of the program runs. */
  readonly onGroup: (group: number) => void;
}

/**
 * A foreign program has no channel that would end it: if the supervisor died after starting it but before
 * notifying the reaper, the program would stay. So a shell first waits for a line on a pipe, which also
 * closes if the supervisor dies, and only then becomes the program.
 */
const gate = ['/bin/sh', '-c', 'read -r go <&3 && exec "$@" 3<&-', 'faultline-gate'] as const;

/** The longest wait for output that a process outside the group keeps open. */
const outputMsMax = 200;

export function spawnGroup(spawning: SpawnOptions): Spawned {
  const { argv, channel: options, env, mark, sweep, onGroup } = spawning;
  const [file, ...args] = mark.mark(options === undefined ? [...gate, ...argv] : argv);
  const child = start(file, args, {
    cwd: workDir(),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...(options === undefined ? {} : channelEnvironment),
      ...mark.environment,
      ...env,
    },
  });
  const pid = child.pid ?? 0;
  if (pid > 0) onGroup(pid);
  const pipe = child.stdio?.[channelDescriptor] as Socket | null | undefined;
  if (options === undefined) open(pipe);
  if (pid === 0) return { pid, child, channel: undefined, exited: failureOf(child) };
  const hasExited = exitCode(child);
  const channel = options === undefined ? undefined : new ControlChannel(pipe!, hasExited, options);
  return { pid, child, channel, exited: afterOutput({ pid, child, channel }, hasExited, sweep) };
}

/** Errors arrive as events of the child, including those that Node.js throws synchronously. */
function start(file: string, args: readonly string[], options: NodeSpawnOptions): ChildProcess {
  let child: ChildProcess;
  try {
    child = spawn(file, args, options);
  } catch (error) {
    child = new ChildProcess();
    process.nextTick((failed: ChildProcess) => failed.emit('error', error), child);
  }
  // Ignore errors of messages to, or output of, a process that has just exited: its exit is reported.
  for (const source of [child, child.stdout, child.stderr]) source?.on('error', () => {});
  return child;
}

function open(go: Socket | null | undefined): void {
  go?.on('error', () => {});
  go?.resume().end('go\n');
}

function exitCode(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) =>
    child.once('exit', (code, signal) => resolve({ code, signal, error: null })),
  );
}

async function afterOutput(
  { pid, child, channel }: Pick<Spawned, 'pid' | 'child' | 'channel'>,
  hasExited: Promise<Exit>,
  sweep: (() => Promise<void>) | undefined,
): Promise<Exit> {
  const hasClosed = new Promise((resolve) => child.once('close', resolve));
  const exit = await hasExited;
  // Kill the processes that it left behind, which also closes their output.
  signalGroup(pid, 'SIGKILL');
  const isSwept = sweep?.();
  const waiting = new AbortController();
  await Promise.race([
    // By then, its last messages on the channel have been read.
    Promise.all([hasClosed, channel?.hungUp]),
    sleep(outputMsMax, null, { signal: waiting.signal }),
  ]);
  waiting.abort();
  child.stdout?.destroy();
  child.stderr?.destroy();
  await isSwept;
  return exit;
}

function failureOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) =>
    child.once('error', ({ code, message }: NodeJS.ErrnoException) =>
      resolve({ code: null, signal: null, error: `${code}: ${message}` }),
    ),
  );
}
