/**
 * Starts a process in a group of its own, so that a signal reaches it and everything it started, and
 * so that Ctrl-C in the user's terminal does not reach it behind our back.
 */
import type { ChildProcess } from 'node:child_process';
import { execa } from 'execa';

export interface Spawned {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Resolves when the process has ended and its output has been read. */
  readonly exited: Promise<Exit>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why it could not even be started, such as ENOENT. */
  readonly error: string | null;
}

export interface SpawnOptions {
  readonly argv: readonly [string, ...string[]];
  /** With a channel for control messages; for programs of ours. */
  readonly ipc: boolean;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export function spawnGroup({ argv, ipc, cwd, env }: SpawnOptions): Spawned {
  const [file, ...args] = argv;
  const subprocess = execa(file, args, {
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
    ...(ipc ? { ipc: true, serialization: 'json' as const } : {}),
    ...(cwd === undefined ? {} : { cwd }),
    env: env ?? {},
  });
  const exited = subprocess.then((result) => ({
    code: result.exitCode ?? null,
    signal: (result.signal as NodeJS.Signals | undefined) ?? null,
    error: result.code === undefined ? null : `${result.code}: ${result.shortMessage}`,
  }));
  return { pid: subprocess.pid ?? 0, child: subprocess as unknown as ChildProcess, exited };
}

/** Signals a whole group; false where it is gone. */
export function signalGroup(group: number, signal: NodeJS.Signals): boolean {
  if (group <= 0) return false;
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
