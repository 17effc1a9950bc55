/**
 * Requests the time from the cluster's time server, over the network and its rules, as an NTP client
 * would. It only collects the four timestamps of each exchange; the supervisor evaluates them.
 */
import type { Exchange, ToNode } from '@faultline/protocol';
import type { HostClock } from './clock.ts';
import type { Host } from './host.ts';

export type TimeRequest = Extract<ToNode, { to: 'requestTime' }>;

export interface TimeAnswers {
  readonly exchanges: readonly Exchange[];
  /** The start of the clock state with which all of these were measured. */
  readonly clockSinceMs: number;
  /** Including those that a change of the clock invalidated. */
  readonly answered: number;
}

/** `later` is a timer of true time: a node whose clock is far off must get an answer too. */
export async function requestTime(
  { server, samples, everyMs, timeoutMs }: TimeRequest,
  node: Pick<Host, 'call'>,
  clock: Pick<HostClock, 'wall' | 'sinceTrueMs'>,
  later: (run: () => void, ms: number) => unknown,
): Promise<TimeAnswers> {
  let answered = 0;
  const taken: (Exchange & { readonly clockSinceMs: number })[] = [];
  const request = async (): Promise<void> => {
    const clockSinceMs = clock.sinceTrueMs;
    const t1Ms = clock.wall();
    const { t2Ms, t3Ms } = await node.call(server, { type: 'time' }, { timeoutMs });
    const t4Ms = clock.wall();
    if (typeof t2Ms !== 'number' || typeof t3Ms !== 'number') return;
    answered++;
    // If the clock changed in between, T1 and T4 are readings of two different clocks.
    if (clock.sinceTrueMs === clockSinceMs) taken.push({ t1Ms, t2Ms, t3Ms, t4Ms, clockSinceMs });
  };
  const isOver = new Promise<void>((resolve) =>
    later(resolve, (samples - 1) * everyMs + timeoutMs),
  );
  const all = Array.from({ length: samples }, async (_, i) => {
    if (i > 0) await new Promise<void>((resolve) => later(resolve, i * everyMs));
    // A lost or refused request is one sample less.
    await request().catch(() => {});
  });
  await Promise.race([Promise.all(all), isOver]);
  const clockSinceMs = clock.sinceTrueMs;
  const exchanges = taken
    .filter((each) => each.clockSinceMs === clockSinceMs)
    .map(({ t1Ms, t2Ms, t3Ms, t4Ms }) => ({ t1Ms, t2Ms, t3Ms, t4Ms }));
  return { exchanges, clockSinceMs, answered };
}
