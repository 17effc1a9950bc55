/**
 * Puts a node's clock in the place of the process's, so that a library that knows nothing of us is
 * fooled too. From then on these follow it:
 *
 *   the wall clock       `Date`, `performance.timeOrigin`
 *   the monotonic clock  `performance.now`, `process.hrtime`, `process.uptime`, the global timers,
 *                        `node:timers`, `node:timers/promises`, `AbortSignal.timeout`
 *
 * Not reached: dates that the operating system makes (file times), `Intl.DateTimeFormat` without a
 * date, `performance.mark` and `console.time`, timers inside Node itself (socket timeouts), `vm`
 * contexts, and other processes and worker threads that a program starts.
 */
import { syncBuiltinESMExports } from 'node:module';
import { performance as nodePerformance } from 'node:perf_hooks';
import timersModule from 'node:timers';
import timersPromises from 'node:timers/promises';
import { promisify } from 'node:util';
import { type TimeSource, VirtualTimeout, VirtualTimers } from './virtual-timers.ts';

export interface NodeTime extends TimeSource {
  wall(): number;
}

export function installVirtualTime(time: NodeTime): VirtualTimers {
  const timers = new VirtualTimers(time);
  installMonotonic(time);
  installDate(time);
  installTimers(timers);
  syncBuiltinESMExports();
  return timers;
}

function installDate(time: NodeTime): void {
  const now = (): number => Math.floor(time.wall());
  const RealDate = Date;
  function NodeDate(...args: unknown[]): Date | string {
    if (new.target === undefined) return new RealDate(now()).toString();
    const target = new.target === NodeDate ? RealDate : new.target;
    return Reflect.construct(RealDate, args.length === 0 ? [now()] : args, target);
  }
  // The prototype is shared, so that dates made before, or by Node itself, are `instanceof Date`.
  NodeDate.prototype = RealDate.prototype;
  Object.defineProperties(NodeDate, {
    name: { value: 'Date' },
    length: { value: 7 },
    now: method(now),
    parse: method(RealDate.parse),
    UTC: method(RealDate.UTC),
  });
  Object.defineProperty(RealDate.prototype, 'constructor', method(NodeDate));
  globalThis.Date = NodeDate as unknown as DateConstructor;
}

/** Readings that began with the process continue from where they are. */
function installMonotonic(time: NodeTime): void {
  const originMs = time.monotonic() - nodePerformance.now();
  const sinceStart = (): number => time.monotonic() - originMs;
  Object.defineProperty(nodePerformance, 'now', method(sinceStart));
  const timeOrigin = time.wall() - sinceStart();
  Object.defineProperty(nodePerformance, 'timeOrigin', { value: timeOrigin, configurable: true });
  process.uptime = () => sinceStart() / 1000;

  const bigint = (): bigint => BigInt(Math.floor(time.monotonic() * 1e6));
  const hrtime = (previous?: [number, number]): [number, number] => {
    const since = previous ? BigInt(previous[0]) * 1_000_000_000n + BigInt(previous[1]) : 0n;
    const nanoseconds = bigint() - since;
    return [Number(nanoseconds / 1_000_000_000n), Number(nanoseconds % 1_000_000_000n)];
  };
  process.hrtime = Object.assign(hrtime, { bigint });
}

function method(value: unknown): PropertyDescriptor {
  return { value, writable: true, configurable: true };
}

/** Node refuses more as the delay of `AbortSignal.timeout`. */
const abortDelayMsMax = 0xffff_ffff;

interface SleepOptions {
  readonly signal?: AbortSignal;
  readonly ref?: boolean;
}

function installTimers(timers: VirtualTimers): void {
  const realClear = clearTimeout;
  type Callback = (this: unknown, ...args: unknown[]) => void;
  const starter =
    (isRepeating: boolean) =>
    (callback: Callback, ms?: unknown, ...args: unknown[]): VirtualTimeout => {
      if (typeof callback !== 'function') {
        throw Object.assign(
          new TypeError(
            `The "callback" argument must be of type function. Received ${typeof callback}`,
          ),
          { code: 'ERR_INVALID_ARG_TYPE' },
        );
      }
      const run =
        args.length === 0
          ? callback
          : function (this: unknown): void {
              callback.apply(this, args);
            };
      return timers.start(run, asDelay(ms), isRepeating);
    };

  /** Takes a timeout, its number, or its number as text. */
  const clear = (timeout: unknown): void => {
    if (timeout instanceof VirtualTimeout) timeout.close();
    else if (typeof timeout === 'number' || typeof timeout === 'string') {
      timers.byNumber(Number(timeout))?.close();
    } else realClear(timeout as NodeJS.Timeout);
  };

  const sleep = <T>(ms?: unknown, value?: T, options: SleepOptions = {}): Promise<T> =>
    new Promise((resolve, reject) => {
      const { signal } = options;
      if (signal?.aborted) return reject(abortError(signal));
      const onAbort = (): void => {
        timeout.close();
        reject(abortError(signal!));
      };
      const onTime = (): void => {
        signal?.removeEventListener('abort', onAbort);
        resolve(value as T);
      };
      const timeout = timers.start(onTime, asDelay(ms), false);
      if (options.ref === false) timeout.unref();
      signal?.addEventListener('abort', onAbort, { once: true });
    });

  /** Ticks that come while the reader is busy are not lost: it gets them one after the other. */
  async function* ticks<T>(ms?: unknown, value?: T, options: SleepOptions = {}): AsyncGenerator<T> {
    const { signal } = options;
    let ready = 0;
    let wake = (): void => {};
    const onTime = (): void => {
      ready++;
      wake();
    };
    const onAbort = (): void => wake();
    if (signal?.aborted) throw abortError(signal);
    const timeout = timers.start(onTime, asDelay(ms), true);
    if (options.ref === false) timeout.unref();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      for (;;) {
        if (signal?.aborted) throw abortError(signal);
        if (ready === 0) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        } else {
          ready--;
          yield value as T;
        }
      }
    } finally {
      timeout.close();
      signal?.removeEventListener('abort', onAbort);
    }
  }

  const startOnce = starter(false);
  Object.defineProperty(startOnce, promisify.custom, { value: sleep });
  const replaced = {
    setTimeout: startOnce,
    setInterval: starter(true),
    clearTimeout: clear,
    clearInterval: clear,
  };
  Object.assign(globalThis, replaced);
  Object.assign(timersModule, replaced);
  Object.assign(timersPromises, { setTimeout: sleep, setInterval: ticks });
  Object.assign(timersPromises.scheduler, {
    wait: (ms: unknown, options?: SleepOptions) => sleep(ms, undefined, options),
  });
  const realTimeout = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = (ms: number): AbortSignal => {
    // Node itself rejects an invalid delay, with its own message.
    if (!Number.isInteger(ms) || ms < 0 || ms > abortDelayMsMax) return realTimeout(ms);
    const controller = new AbortController();
    const reason = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    timers.start(() => controller.abort(reason), asDelay(ms), false).unref();
    return controller.signal;
  };
}

/** As in Node: a delay that is not a number, below 1 or too large counts as 1. */
function asDelay(ms: unknown): number {
  const delay = Number(ms);
  return delay >= 1 && delay <= 0x7fffffff ? delay : 1;
}

function abortError(signal: AbortSignal): Error {
  return Object.assign(new Error('The operation was aborted', { cause: signal.reason }), {
    name: 'AbortError',
    code: 'ABORT_ERR',
  });
}
