/**
 * The thread that repeatedly continues and stops process groups, so that each gets its share of a CPU. It
 * is a separate thread because the supervisor's main thread can be busy for a whole period. It is not a
 * process, so it ends with the supervisor and cannot stop any process after that.
 */
import { parentPort } from 'node:worker_threads';
import { signalGroup } from '../processes/signal-group.ts';
import { CpuPace } from './cpu-pace.ts';
import { type CpuTime, cpuTimeOf, cpuTimesByPs, groupMembers, hasProc } from './cpu-time.ts';

export type ToCpuThread =
  | { readonly do: 'limit'; readonly group: number; readonly share: number }
  /** The group runs at full speed again; answered when the thread will send it no more signals. */
  | { readonly do: 'free'; readonly group: number; readonly n: number };

export type FromCpuThread =
  | { readonly did: 'free'; readonly n: number }
  /** The CPU time that the group got since it was limited. */
  | {
      readonly did: 'measure';
      readonly group: number;
      readonly usedMs: number;
      readonly passedMs: number;
    };

/** A measurement takes about 0.1 ms for a node with our SDK. */
const measureMs = hasProc ? 100 : 1000;
/** How often to find the members of a group again, which takes longer. */
const membersMs = 2000;
const reportMs = 500;

const limited = new Map<number, Limited>();
let members = new Map<number, number[]>();
let membersAtMs = Number.NEGATIVE_INFINITY;

class Limited {
  readonly #group: number;
  readonly #pace: CpuPace;
  readonly #sinceMs = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #runsSinceMs = 0;
  /** The interval that has not been measured yet. */
  #intervalSinceMs = 0;
  #allowedMs = 0;
  #atBegin: CpuTime | undefined;
  #before: CpuTime | undefined;
  #reportedMs = 0;
  #isFree = false;

  constructor(group: number, share: number) {
    this.#group = group;
    this.#pace = new CpuPace(share);
    void this.#measure();
    this.#run();
  }

  free(): void {
    this.#isFree = true;
    clearTimeout(this.#timer);
    signalGroup(this.#group, 'SIGCONT');
  }

  readonly #run = (): void => {
    if (!signalGroup(this.#group, 'SIGCONT')) return;
    this.#runsSinceMs = performance.now();
    const { runMs, stopMs } = this.#pace.next();
    this.#timer = setTimeout(() => this.#stop(stopMs), runMs);
  };

  #stop(stopMs: number): void {
    if (stopMs > 0 && !signalGroup(this.#group, 'SIGSTOP')) return;
    const nowMs = performance.now();
    this.#allowedMs += nowMs - this.#runsSinceMs;
    if (nowMs - this.#intervalSinceMs >= measureMs) void this.#measure();
    if (stopMs === 0) this.#run();
    else this.#timer = setTimeout(this.#run, stopMs);
  }

  async #measure(): Promise<void> {
    const nowMs = performance.now();
    const intervalMs = nowMs - this.#intervalSinceMs;
    const allowedMs = this.#allowedMs;
    this.#intervalSinceMs = nowMs;
    this.#allowedMs = 0;
    const time = await timeOf(this.#group);
    const before = this.#before;
    this.#before = time;
    this.#atBegin ??= time;
    if (before === undefined || this.#isFree) return;
    this.#pace.learn({
      passedMs: intervalMs,
      allowedMs,
      // The total can shrink: the time of a thread that has ended is lost.
      usedMs: Math.max(0, time.usedMs - before.usedMs),
      waitedMs: time.waitedMs === null ? null : Math.max(0, time.waitedMs - (before.waitedMs ?? 0)),
    });
    if (nowMs - this.#reportedMs < reportMs) return;
    this.#reportedMs = nowMs;
    send({
      did: 'measure',
      group: this.#group,
      usedMs: Math.max(0, time.usedMs - this.#atBegin.usedMs),
      passedMs: nowMs - this.#sinceMs,
    });
  }
}

async function timeOf(group: number): Promise<CpuTime> {
  if (!hasProc) return { usedMs: (await cpuTimesByPs()).get(group) ?? 0, waitedMs: null };
  const nowMs = performance.now();
  if (nowMs - membersAtMs > membersMs || !members.has(group)) {
    members = groupMembers();
    membersAtMs = nowMs;
  }
  return cpuTimeOf(members.get(group) ?? []);
}

function send(message: FromCpuThread): void {
  parentPort!.postMessage(message);
}

parentPort!.on('message', (message: ToCpuThread) => {
  limited.get(message.group)?.free();
  limited.delete(message.group);
  if (message.do === 'limit') {
    limited.set(message.group, new Limited(message.group, message.share));
  } else send({ did: 'free', n: message.n });
});
