/**
 * Asks the cluster's time server what the time is, over the network and its rules, as an NTP client
 * would. What it makes of the answers is decided elsewhere: here the four timestamps of each exchange
 * are gathered.
 */
import type { Exchange, ToNode } from '@faultline/protocol';
import type { HostClock } from './clock.ts';
import type { Host } from './host.ts';

export type TimeQuestion = Extract<ToNode, { to: 'askTime' }>;

export interface TimeAnswers {
  readonly exchanges: readonly Exchange[];
  /** When the state of the clock began by which all of these were read. */
  readonly clockSinceMs: number;
  /** With those that a change of the clock spoiled. */
  readonly answered: number;
}

/** Timers of true time: a node whose clock is far off has to get an answer as well. */
export async function askTime(
  { server, samples, everyMs, timeoutMs }: TimeQuestion,
  node: Pick<Host, 'call'>,
  clock: Pick<HostClock, 'wall' | 'sinceTrueMs'>,
  later: (run: () => void, ms: number) => unknown,
): Promise<TimeAnswers> {
  let answered = 0;
  const taken: (Exchange & { readonly clockSinceMs: number })[] = [];
  const ask = async (): Promise<void> => {
    const clockSinceMs = clock.sinceTrueMs;
    const t1Ms = clock.wall();
    const { t2Ms, t3Ms } = await node.call(server, { type: 'time' }, { timeoutMs });
    const t4Ms = clock.wall();
    if (typeof t2Ms !== 'number' || typeof t3Ms !== 'number') return;
    answered++;
    // Of a clock that was changed in between, T1 and T4 are readings of two clocks.
    if (clock.sinceTrueMs === clockSinceMs) taken.push({ t1Ms, t2Ms, t3Ms, t4Ms, clockSinceMs });
  };
  const isOver = new Promise<void>((resolve) =>
    later(resolve, (samples - 1) * everyMs + timeoutMs),
  );
  const all = Array.from({ length: samples }, async (_, i) => {
    if (i > 0) await new Promise<void>((resolve) => later(resolve, i * everyMs));
    // One that is lost, or refused, is one sample less.
    await ask().catch(() => {});
  });
  await Promise.race([Promise.all(all), isOver]);
  const clockSinceMs = clock.sinceTrueMs;
  const exchanges = taken
    .filter((each) => each.clockSinceMs === clockSinceMs)
    .map(({ t1Ms, t2Ms, t3Ms, t4Ms }) => ({ t1Ms, t2Ms, t3Ms, t4Ms }));
  return { exchanges, clockSinceMs, answered };
}
