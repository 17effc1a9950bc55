/**
 * A line of limited bandwidth with a queue before it. A message is delivered when its last byte has been
 * sent, after all earlier messages; one that does not fit into the queue is dropped. There are no bursts:
 * the line never sends faster than its rate.
 *
 * The line is at the sender's end. So a message takes its time on the line whatever later rules do with it,
 * and they cannot change the decisions of this one.
 */
import { decimalText, FaultlineError, parseRate, parseSize } from '@faultline/protocol';
import { Type } from 'typebox';
import { type Behaviour, defineKind } from '../kind.ts';
import { read } from '../settings.ts';

const limitDefault = '1MB';

export const rate = defineKind({
  name: 'rate',
  summary: 'limit bandwidth; other messages wait in a bounded queue or are dropped',
  stage: 18,
  settings: Type.Object(
    {
      rate: Type.String({
        description: 'bytes or bits per second, counting the bodies of messages',
        examples: ['100kB/s', '1Mbit/s'],
      }),
      limit: Type.Optional(
        Type.String({
          default: limitDefault,
          description: 'size of the queue; an empty queue accepts a message of any size',
          examples: ['64kB'],
        }),
      ),
      per: Type.Optional(
        Type.Union([Type.Literal('edge'), Type.Literal('rule')], {
          default: 'edge',
          description: 'edge: each link has its own bandwidth; rule: all links share it',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  prepare(settings) {
    const bytesPerSecond = read('rate', settings.rate, parseRate);
    const limitBytes = read('limit', settings.limit ?? limitDefault, parseSize);
    if (limitBytes === 0) {
      const message = 'expected a size above 0: without a queue, messages that meet would be lost';
      throw new FaultlineError('BAD_RULE', message, { property: 'limit' });
    }
    const { per = 'edge' } = settings;
    const newLine = (): Line => new Line(bytesPerSecond, limitBytes);
    const shared = newLine();
    return {
      normal: { bytesPerSecond, limitBytes, per },
      isShared: per === 'rule',
      words: (messages) => {
        const line = `of ${decimalText(bytesPerSecond)} bytes/s with a queue of ${limitBytes} bytes`;
        return per === 'rule'
          ? `send ${messages} over one line ${line}, shared by all links`
          : `send ${messages} over a line ${line} on each link`;
      },
      start: () => {
        if (per === 'rule') return start(shared);
        const line = newLine();
        return { ...start(line), restarted: () => line.clear() };
      },
    };
  },
});

function start(line: Line): Behaviour {
  let waitMs: number | null = null;
  return {
    meet(_, { bodyBytes }, nowMs) {
      waitMs = line.take(bodyBytes, nowMs);
    },
    act(copy) {
      if (waitMs === null) copy.overflow();
      else copy.queue(waitMs);
    },
  };
}

class Line {
  readonly #bytesPerMs: number;
  readonly #limitBytes: number;
  /** When the last accepted byte will have been sent. */
  #freeAtMs = 0;

  constructor(bytesPerSecond: number, limitBytes: number) {
    this.#bytesPerMs = bytesPerSecond / 1000;
    this.#limitBytes = limitBytes;
  }

  /** Nothing is on it. */
  clear(): void {
    this.#freeAtMs = 0;
  }

  /** How long until these bytes are sent; null: they do not fit. */
  take(bytes: number, nowMs: number): number | null {
    const busyMs = Math.max(0, this.#freeAtMs - nowMs);
    if (busyMs > 0 && busyMs * this.#bytesPerMs + bytes > this.#limitBytes) return null;
    const waitMs = busyMs + bytes / this.#bytesPerMs;
    this.#freeAtMs = nowMs + waitMs;
    return waitMs;
  }
}
