/**
 * Synchronizes nodes' clocks with the time server, once or repeatedly, as an NTP client does: the node
 * sends several requests, and the fastest answer is used.
 */
import { ntp } from '@faultline/clocks';
import { FaultlineError, formatDuration, timeServer } from '@faultline/protocol';
import { trueNowMs } from '@faultline/recording';
import type { NodeProcess } from '../nodes/node-process.ts';

/** RFC 5905, section 7.2: the clock filter has 8 stages. They are filled immediately, as with `iburst`. */
const samples = 8;
const sampleEveryMs = 25;
const timeoutMs = 2000;
/** Additional time for a node that has the answers but is busy. */
const graceMs = 1000;
/** Attempts, as a change of the clock during a round invalidates it. */
const roundsMax = 3;

/**
 * Throws CALL_UNKNOWN if there was no answer, and CLOCK_CHANGED if the clock changed during each round.
 * Does not change the clock.
 */
export async function measureClock(
  node: Pick<NodeProcess, 'id' | 'clock' | 'requestTime'>,
): Promise<ntp.Measurement> {
  let answered = 0;
  for (let round = 1; round <= roundsMax; round++) {
    const request = { server: timeServer, samples, everyMs: sampleEveryMs, timeoutMs };
    const limitMs = (samples - 1) * sampleEveryMs + timeoutMs + graceMs;
    const answers = await node.requestTime(request, limitMs);
    if (answers === undefined || answers.answered === 0) break;
    answered += answers.answered;
    const { exchanges, clockSinceMs } = answers;
    // The clock changed during the measurement, or is about to change.
    if (clockSinceMs !== node.clock.sinceTrueMs) continue;
    const measured = ntp.best(exchanges);
    if (measured !== undefined) return measured;
  }
  const facts = { node: node.id, server: timeServer };
  if (answered > 0) {
    throw new FaultlineError(
      'CLOCK_CHANGED',
      `${node.id} got ${answered} answers from the time server, but its clock changed during the measurement and was not set: stop the changes with --weather perfect or --strobe off, or try again`,
      { ...facts, answered },
    );
  }
  throw new FaultlineError(
    'CALL_UNKNOWN',
    `${node.id} got no answer from the time server within ${timeoutMs} ms: its clock is unchanged`,
    { ...facts, timeoutMs },
  );
}

interface Round {
  readonly everyMs: number;
  timer?: NodeJS.Timeout;
}

/** The schedule of repeated synchronizations. */
export class SyncSchedule {
  readonly #rounds = new Map<string, Round>();
  readonly #sync: (node: string) => Promise<void>;

  /** `sync` never rejects. */
  constructor(sync: (node: string) => Promise<void>) {
    this.#sync = sync;
  }

  textOf(node: string): string | null {
    const round = this.#rounds.get(node);
    return round === undefined ? null : `every ${formatDuration(round.everyMs)}`;
  }

  /** Replaces an earlier schedule. The first round is one period from now. */
  every(node: string, everyMs: number): void {
    this.end(node);
    const round: Round = { everyMs };
    this.#rounds.set(node, round);
    let dueMs = trueNowMs();
    const next = (): void => {
      // Skip rounds that were missed because the last one took long.
      while (dueMs <= trueNowMs()) dueMs += everyMs;
      round.timer = setTimeout(run, dueMs - trueNowMs());
    };
    const run = async (): Promise<void> => {
      await this.#sync(node);
      if (this.#rounds.get(node) === round) next();
    };
    next();
  }

  end(node: string): void {
    clearTimeout(this.#rounds.get(node)?.timer);
    this.#rounds.delete(node);
  }

  close(): void {
    for (const node of [...this.#rounds.keys()]) this.end(node);
  }
}
