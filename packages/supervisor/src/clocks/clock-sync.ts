/**
 * Synchronises nodes' clocks with the time server, once or again and again, as an NTP client does: it
 * has the node ask several times and believes the answer that was fastest.
 */
import { ntp } from '@faultline/clocks';
import { FaultlineError, formatDuration, timeServer } from '@faultline/protocol';
import { trueNowMs } from '@faultline/recording';
import type { NodeProcess } from '../nodes/node-process.ts';

/** RFC 5905, section 7.2: the clock filter has 8 stages. Here they are filled at once, as by `iburst`. */
const samples = 8;
const sampleEveryMs = 25;
const timeoutMs = 2000;
/** How much longer a node may take that has the answers and is busy. */
const graceMs = 1000;
/** Rounds that a change of the clock may spoil. */
const roundsMax = 3;

/**
 * Throws CALL_UNKNOWN where there was no answer, and CLOCK_CHANGED where there were and the clock changed
 * in each round; it is as it was.
 */
export async function measureClock(
  node: Pick<NodeProcess, 'id' | 'clock' | 'requestTime'>,
): Promise<ntp.Measurement> {
  let answered = 0;
  for (let round = 1; round <= roundsMax; round++) {
    const question = { server: timeServer, samples, everyMs: sampleEveryMs, timeoutMs };
    const limitMs = (samples - 1) * sampleEveryMs + timeoutMs + graceMs;
    const answers = await node.requestTime(question, limitMs);
    if (answers === undefined || answers.answered === 0) break;
    answered += answers.answered;
    const { exchanges, clockSinceMs } = answers;
    // Measured on a clock that is gone, or about to go.
    if (clockSinceMs !== node.clock.sinceTrueMs) continue;
    const measured = ntp.best(exchanges);
    if (measured !== undefined) return measured;
  }
  const facts = { node: node.id, server: timeServer };
  if (answered > 0) {
    throw new FaultlineError(
      'CLOCK_CHANGED',
      `${node.id} got ${answered} answers from the time server, and its clock changed while it measured them: it is not set. Calm it first, with --weather perfect or --strobe off, or try again`,
      { ...facts, answered },
    );
  }
  throw new FaultlineError(
    'CALL_UNKNOWN',
    `${node.id} got no answer from the time server within ${timeoutMs} ms: its clock is as it was`,
    { ...facts, timeoutMs },
  );
}

interface Round {
  readonly everyMs: number;
  timer?: NodeJS.Timeout;
}

/** Clocks that are synchronised again and again. */
export class SyncDesk {
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

  /** In the place of what was set before. The first round is a period from now. */
  every(node: string, everyMs: number): void {
    this.end(node);
    const round: Round = { everyMs };
    this.#rounds.set(node, round);
    let dueMs = trueNowMs();
    const next = (): void => {
      // Those that were missed, because the last one took long, are left out.
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
