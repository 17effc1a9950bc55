/** Runs functions of a test in a process whose time is a node's. */
import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import type { room } from '../fixtures/node-time.ts';
import { bundledFixture } from './bundle.ts';

export type Room = typeof room;

const fixture = bundledFixture('node-time');

export class NodeTime implements AsyncDisposable {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(): Promise<NodeTime> {
    const child = fork(fixture(), { execArgv: [], serialization: 'advanced' });
    await once(child, 'message');
    return new NodeTime(child);
  }

  /** The function may use what is global and what is in the room, and nothing of its surroundings. */
  async run<T>(run: (room: Room) => T | Promise<T>): Promise<T> {
    this.#child.send({ source: String(run) });
    const [{ value, error }] = (await once(this.#child, 'message')) as [
      { value: T; error?: string },
    ];
    if (error !== undefined) throw new Error(`in the process: ${error}`);
    return value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}

/** Runs one function in its own process. Resolves to its output when the process has exited normally. */
export async function runToEnd(run: (room: Room) => unknown): Promise<string> {
  const argv = [fixture(), String(run)];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { timeout: 20_000 });
  return stdout.trim();
}
