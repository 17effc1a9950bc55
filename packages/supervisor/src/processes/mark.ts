/**
 * A mark that all processes of a cluster and their descendants carry. It identifies a process that has
 * left its group and its session and lost its parent.
 *
 * - It is in the environment, which a daemon may clear.
 * - On Linux, it is also in the soft limit of CPU time under real-time scheduling (RLIMIT_RTTIME). A
 *   process inherits it like its environment, and has no reason to change it. It is above a thousand
 *   years, so it has no effect. The hard limit does not change.
 *
 * Each start of a node has a mark that begins with the cluster's, so that processes that a node left
 * behind can be ended with it.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { accessSync, constants, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { sweep } from './sweep.ts';

/** The variable that holds the mark; in a cluster started inside another one, it holds both. */
const markVariable = 'FAULTLINE_RUN';
/** Decimal digits of the limit: those of the cluster, followed by those of the start. */
const clusterDigits = 10;
const startDigits = 8;

/** Patterns for `grep`, one per line, that match a mark. */
export interface Traces {
  /** Strings in an environment. */
  readonly environment: string;
  /** Regular expressions for a line of /proc/PID/limits. */
  readonly limit: string;
}

export interface ProcessMark {
  readonly environment: Readonly<Record<string, string>>;
  /** Returns the command that starts a process with this mark. */
  mark(argv: readonly [string, ...string[]]): readonly [string, ...string[]];
}

/** The mark of one start of a node. */
export interface StartMark extends ProcessMark {
  /** Kills the processes that still carry the mark. Resolves when they are gone, or at once if marks are not visible. */
  sweep(): Promise<void>;
}

/** Random, so that no other process matches it by chance, as it could match a path in its environment. */
export interface MarkId {
  /** In the environment: 32 hexadecimal digits. */
  readonly text: string;
  /** In the limit: decimal digits. */
  readonly number: string;
}

const textBytes = 16;

/** Patterns for all processes of a cluster. Undefined if the mark is invalid: no pattern may match by chance. */
export function tracesOf(mark: Partial<MarkId> | undefined): Traces | undefined {
  const { text, number } = mark ?? {};
  const isText = new RegExp(`^[0-9a-f]{${2 * textBytes}}$`).test(String(text));
  const isNumber = new RegExp(`^[0-9]{${clusterDigits}}$`).test(String(number));
  if (!isText || !isNumber) return undefined;
  const digits = '[0-9]'.repeat(startDigits);
  return { environment: String(text), limit: limitLine(`${number}${digits}`) };
}

export class ClusterMark implements ProcessMark {
  readonly #text = randomBytes(textBytes).toString('hex');
  readonly #number = String(randomInt(10 ** (clusterDigits - 1), 10 ** clusterDigits));
  #starts = 0;
  /** The marks of starts that have ended since the last sweep. */
  #toSweep: Traces[] = [];
  #sweeping: Promise<void> | undefined;
  #isClosed = false;

  get environment(): Record<string, string> {
    return environmentWith(this.#text);
  }

  mark(argv: readonly [string, ...string[]]): readonly [string, ...string[]] {
    return withLimit(`${this.#number}${'0'.repeat(startDigits)}`, argv);
  }

  get id(): MarkId {
    return { text: this.#text, number: this.#number };
  }

  get traces(): Traces {
    return tracesOf(this.id)!;
  }

  forStart(): StartMark {
    const n = ++this.#starts % 10 ** startDigits;
    const text = `${this.#text}.${n}.`;
    const number = `${this.#number}${String(n).padStart(startDigits, '0')}`;
    return {
      environment: environmentWith(text),
      mark: (argv) => withLimit(number, argv),
      sweep: () => this.#sweep({ environment: text, limit: limitLine(number) }),
    };
  }

  /** Stops all sweeps: the reaper ends all processes that carry the cluster's mark. */
  close(): void {
    this.#isClosed = true;
  }

  /** One sweep at a time: the next one covers all starts that have ended in the meantime. */
  async #sweep(traces: Traces): Promise<void> {
    this.#toSweep.push(traces);
    await this.#sweeping;
    if (!this.#toSweep.includes(traces)) return this.#sweeping;
    const ended = this.#toSweep;
    this.#toSweep = [];
    if (this.#isClosed) return;
    this.#sweeping = sweep({
      environment: ended.map(({ environment }) => environment).join('\n'),
      limit: ended.map(({ limit }) => limit).join('\n'),
    });
    await this.#sweeping;
  }
}

function environmentWith(text: string): Record<string, string> {
  const outer = process.env[markVariable];
  return { [markVariable]: outer === undefined ? text : `${outer} ${text}` };
}

const limitName = 'Max realtime timeout';
const limitLine = (number: string): string => `^${limitName} *${number} `;

function withLimit(
  number: string,
  argv: readonly [string, ...string[]],
): readonly [string, ...string[]] {
  isLimitFree ??= findLimitFree();
  return isLimitFree ? ['prlimit', `--rttime=${number}:`, ...argv] : argv;
}

let isLimitFree: boolean | undefined;

/** Whether the limit can hold a mark: `prlimit` exists, and the hard limit is unlimited. */
function findLimitFree(): boolean {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    if (!new RegExp(`^${limitName} +\\S+ +unlimited `, 'm').test(limits)) return false;
  } catch {
    return false;
  }
  return (process.env.PATH ?? '').split(delimiter).some((dir) => {
    try {
      accessSync(join(dir, 'prlimit'), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
