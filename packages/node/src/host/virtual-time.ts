/**
 * Puts a node's clock in the place of the process's: `Date`, `performance.now`, `process.hrtime`,
 * `process.uptime`, the global timers, `node:timers`, `node:timers/promises` and
 * `AbortSignal.timeout` follow it from then on, so that a library that knows nothing of us is fooled
 * too. The wall clock shows in `Date`; everything else shows the monotonic one.
 *
 * Not reached: dates that the operating system makes (file times), timers inside Node itself
 * (socket timeouts), other processes and worker threads that a program starts.
 */
import { syncBuiltinESMExports } from 'node:module';
import { performance as nodePerformance } from 'node:perf_hooks';
import timersModule from 'node:timers';
import timersPromises from 'node:timers/promises';
import { promisify } from 'node:util';
import { skewed } from '@faultline/clocks';
import { type TimeSource, type VirtualTimeout, VirtualTimers } from './virtual-timers.ts';

export function installVirtualTime(source: TimeSource): VirtualTimers {
  const wall = (): number => skewed.wallAt(source.state, source.trueNowMs());
  const monotonic = (): number => skewed.monotonicAt(source.state, source.trueNowMs());
  const timers = new VirtualTimers(source);
  installDate(wall);
  installMonotonic(monotonic);
  installTimers(timers);
  syncBuiltinESMExports();
  return timers;
}

function installDate(wall: () => number): void {
  const RealDate = Date;
  function NodeDate(...args: unknown[]): Date | string {
    if (new.target === undefined) return new RealDate(wall()).toString();
    const target = new.target === NodeDate ? RealDate : new.target;
    return Reflect.construct(RealDate, args.length === 0 ? [Math.floor(wall())] : args, target);
  }
  // The prototype is shared, so that dates made before, or by Node itself, are `instanceof Date`.
  NodeDate.prototype = RealDate.prototype;
  Object.defineProperties(NodeDate, {
    name: { value: 'Date' },
    length: { value: 7 },
    now: { value: () => Math.floor(wall()), writable: true, configurable: true },
    parse: { value: RealDate.parse, writable: true, configurable: true },
    UTC: { value: RealDate.UTC, writable: true, configurable: true },
  });
  Object.defineProperty(RealDate.prototype, 'constructor', {
    value: NodeDate,
    writable: true,
    configurable: true,
  });
  globalThis.Date = NodeDate as unknown as DateConstructor;
}

function installMonotonic(monotonic: () => number): void {
  const start = monotonic();
  const sinceStart = (): number => monotonic() - start;
  Object.defineProperty(nodePerformance, 'now', {
    value: sinceStart,
    writable: true,
    configurable: true,
  });
  const hrtime = (previous?: [number, number]): [number, number] => {
    const nanoseconds =
      hrtimeBigint() - (previous ? BigInt(previous[0]) * 1_000_000_000n + BigInt(previous[1]) : 0n);
    return [Number(nanoseconds / 1_000_000_000n), Number(nanoseconds % 1_000_000_000n)];
  };
  const hrtimeBigint = (): bigint => BigInt(Math.floor(monotonic() * 1e6));
  hrtime.bigint = hrtimeBigint;
  process.hrtime = hrtime as typeof process.hrtime;
  process.uptime = () => sinceStart() / 1000;
}

function installTimers(timers: VirtualTimers): void {
  type Callback = (...args: unknown[]) => void;
  const starter =
    (isRepeating: boolean) =>
    (callback: Callback, ms?: number, ...args: unknown[]): VirtualTimeout => {
      if (typeof callback !== 'function') {
        throw new TypeError(
          `The "callback" argument must be of type function. Received ${typeof callback}`,
        );
      }
      return timers.start(args.length === 0 ? callback : () => callback(...args), ms, isRepeating);
    };
  const clear = (timeout: unknown): void => timers.clear(timeout);

  const sleep = <T>(
    ms?: number,
    value?: T,
    options: { signal?: AbortSignal; ref?: boolean } = {},
  ): Promise<T> =>
    new Promise((resolve, reject) => {
      const { signal } = options;
      if (signal?.aborted) return reject(abortError(signal));
      const onAbort = (): void => {
        timeout.close();
        reject(abortError(signal!));
      };
      const timeout = timers.start(
        () => {
          signal?.removeEventListener('abort', onAbort);
          resolve(value as T);
        },
        ms,
        false,
      );
      if (options.ref === false) timeout.unref();
      signal?.addEventListener('abort', onAbort, { once: true });
    });

  async function* ticks<T>(
    ms?: number,
    value?: T,
    options?: { signal?: AbortSignal; ref?: boolean },
  ): AsyncGenerator<T> {
    for (;;) yield await sleep(ms, value as T, options);
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
  AbortSignal.timeout = (ms: number): AbortSignal => {
    const controller = new AbortController();
    const reason = new DOMException('The operation was aborted due to timeout', 'TimeoutError');
    timers.start(() => controller.abort(reason), ms, false).unref();
    return controller.signal;
  };
}

function abortError(signal: AbortSignal): Error {
  return Object.assign(new Error('The operation was aborted', { cause: signal.reason }), {
    name: 'AbortError',
    code: 'ABORT_ERR',
  });
}
