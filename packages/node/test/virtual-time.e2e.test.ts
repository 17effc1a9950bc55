import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NodeTime, runToEnd } from './helpers/node-time.ts';

let node: NodeTime;
beforeAll(async () => {
  node = await NodeTime.start();
});
afterAll(() => node[Symbol.asyncDispose]());

/** How late anything may be on a machine that is busy with other tests. */
const lateMs = 2000;

function expectAbout(ms: number, wantedMs: number): void {
  expect(ms).toBeGreaterThanOrEqual(wantedMs);
  expect(ms).toBeLessThan(wantedMs + lateMs);
}

describe('the wall clock', () => {
  test('shows in Date.now, new Date and Date called without new', async () => {
    const seen = await node.run(({ epochWallMs }) => ({
      now: Date.now() - epochWallMs,
      // biome-ignore lint/complexity/useDateNow: it is the constructor that is tried.
      constructed: new Date().getTime() - epochWallMs,
      reflected: (Reflect.construct(Date, []) as Date).getTime() - epochWallMs,
      text: Date(),
    }));
    expectAbout(seen.now, 0);
    expectAbout(seen.constructed, 0);
    expectAbout(seen.reflected, 0);
    expect(seen.now % 1).toBe(0);
    expect(seen.text).toMatch(/^\w{3} Sep 0\d 2001 /);
  });

  test('does not change dates with explicit arguments', async () => {
    const seen = await node.run(() => ({
      ofNumber: new Date(5).getTime(),
      ofParts: new Date(2020, 1, 29, 12).toISOString().slice(0, 4),
      ofText: new Date('2020-02-29T00:00:00Z').getTime() === Date.UTC(2020, 1, 29),
      ofDate: new Date(new Date(7)).getTime(),
      ofUndefined: new Date(undefined as unknown as number).getTime(),
      parsed: Date.parse('1970-01-01T00:00:01Z'),
    }));
    expect(seen).toEqual({
      ofNumber: 5,
      ofParts: '2020',
      ofText: true,
      ofDate: 7,
      ofUndefined: Number.NaN,
      parsed: 1000,
    });
  });

  test('does not change what a date is', async () => {
    const seen = await node.run(({ fs, util, dateBefore }) => {
      class Day extends Date {
        get isDay(): boolean {
          return true;
        }
      }
      const day = new Day();
      const dates = {
        made: new Date(0),
        madeBefore: dateBefore,
        ofFile: fs.statSync('/').mtime,
        cloned: structuredClone(new Date(0)),
        subclassed: day,
      };
      return {
        instances: Object.values(dates).map((date) => date instanceof Date),
        types: Object.values(dates).map((date) => util.types.isDate(date)),
        texts: Object.values(dates).map((date) => Object.prototype.toString.call(date)),
        subclass: [day instanceof Day, day.isDay, day.constructor === Day, day.getUTCFullYear()],
        shape: [Date.name, Date.length, new Date(0).constructor === Date],
        keys: Object.keys(Date),
      };
    });
    expect(seen).toEqual({
      instances: Array(5).fill(true),
      types: Array(5).fill(true),
      texts: Array(5).fill('[object Date]'),
      subclass: [true, true, true, 2001],
      shape: ['Date', 7, true],
      keys: [],
    });
  });

  test('jumps alone: monotonic clock and timers are unaffected', async () => {
    const seen = await node.run(async ({ change, skewed, trueNowMs, takes, promises }) => {
      const read = () => [Date.now(), performance.now(), Number(process.hrtime.bigint()) / 1e6];
      const sleeping = takes(promises.setTimeout(50));
      const before = read();
      change((state) => skewed.jump(state, trueNowMs(), -3_600_000));
      const after = read();
      return { moved: after.map((ms, i) => ms - before[i]!), slept: await sleeping };
    });
    const [wall, ...monotonic] = seen.moved;
    expectAbout(wall!, -3_600_000);
    for (const moved of monotonic) expectAbout(moved, 0);
    expectAbout(seen.slept, 50);
  });

  test('that is frozen stands still while timers continue', async () => {
    const seen = await node.run(async ({ change, skewed, trueNowMs, takes, promises }) => {
      change((state) => skewed.freeze(state, trueNowMs()));
      const before = [Date.now(), performance.now()];
      const slept = await takes(promises.setTimeout(30));
      const after = [Date.now(), performance.now()];
      return { wall: after[0]! - before[0]!, monotonic: after[1]! - before[1]!, slept };
    });
    expect(seen.wall).toBe(0);
    expectAbout(seen.monotonic, 30);
    expectAbout(seen.slept, 30);
  });

  test('is what performance.timeOrigin and performance.now add up to, until it jumps', async () => {
    const apart = await runToEnd(() => {
      console.log(performance.timeOrigin + performance.now() - Date.now());
    });
    expect(Math.abs(Number(apart))).toBeLessThan(1000);
  });
});

describe('the monotonic clock', () => {
  test('is visible in every API that reads it, at the rate of the node', async () => {
    const seen = await node.run(
      async ({ change, skewed, trueNowMs, promises, hrtime, ...room }) => {
        change((state) => skewed.drift(state, trueNowMs(), 999_999));
        const ofPair = ([seconds, nanoseconds]: [number, number]) =>
          seconds * 1e3 + nanoseconds / 1e6;
        const ways = {
          now: () => performance.now(),
          nowImported: () => room.performance.now(),
          uptime: () => process.uptime() * 1000,
          hrtime: () => ofPair(process.hrtime()),
          hrtimeImported: () => ofPair(hrtime()),
          bigint: () => Number(process.hrtime.bigint()) / 1e6,
          bigintImported: () => Number(hrtime.bigint()) / 1e6,
          node: () => room.clock.monotonic(),
        };
        const readAll = () => Object.values(ways).map((read) => [trueNowMs(), read()] as const);
        const before = readAll();
        const pair = process.hrtime();
        await promises.setTimeout(400);
        const since = ofPair(process.hrtime(pair));
        const rates = readAll().map(([trueMs, ms], i) => {
          const [trueMsBefore, msBefore] = before[i]!;
          return (ms - msBefore) / (trueMs - trueMsBefore);
        });
        return { rates, since };
      },
    );
    expectAbout(seen.since, 400);
    expect(seen.rates).toHaveLength(8);
    for (const rate of seen.rates) {
      expect(rate).toBeGreaterThan(1.95);
      expect(rate).toBeLessThan(2.05);
    }
  });

  test('never goes back, even if a slower clock takes effect before the node knows of it', async () => {
    const seen = await node.run(({ change, skewed, trueNowMs, clock }) => {
      const ways = [
        () => clock.monotonic(),
        () => performance.now(),
        () => process.uptime(),
        () => Number(process.hrtime.bigint()),
      ];
      const last = ways.map((read) => read());
      const falls: number[] = [];
      const look = (): void => {
        for (const [i, read] of ways.entries()) {
          const now = read();
          if (now < last[i]!) falls.push(last[i]! - now);
          last[i] = now;
        }
      };
      const untilMs = trueNowMs() + 100;
      while (trueNowMs() < untilMs) look();
      // The change was made 20 ms ago, and is five times as slow as what was read since.
      const sinceMs = trueNowMs() - 20;
      const readMs = clock.monotonic();
      change((state) => skewed.drift(state, sinceMs, -800_000));
      const heldMs = clock.monotonic();
      look();
      // Behind by what was read since, less a fifth of it; however long it took to get here.
      const slowMs = 0.2 * (trueNowMs() - sinceMs);
      const isHeld = heldMs - readMs <= Math.max(0, slowMs - 20) + 0.001;
      while (clock.monotonic() === heldMs && trueNowMs() < untilMs + 30_000) look();
      return { falls, isHeld, goesOn: clock.monotonic() > heldMs };
    });
    expect(seen).toEqual({ falls: [], isHeld: true, goesOn: true });
  });

  test('of a process continues from where it was before the node had a clock', async () => {
    const seen = JSON.parse(
      await runToEnd(() => {
        console.log(JSON.stringify([performance.now(), process.uptime() * 1000]));
      }),
    ) as number[];
    // Loading takes longer than this, and a clock that restarted would show less.
    for (const ms of seen) expect(ms).toBeGreaterThan(20);
  });
});

describe('timers', () => {
  test('of every kind follow a clock that runs twice as fast', async () => {
    const seen = await node.run(async ({ change, skewed, trueNowMs, takes, ...room }) => {
      const { timers, promises, util } = room;
      change((state) => skewed.drift(state, trueNowMs(), 999_999));
      const ms = 1000;
      type Start = (run: () => void, ms: number) => unknown;
      type Stop = (timer: unknown) => void;
      const once = (start: Start) => new Promise<void>((resolve) => start(resolve, ms));
      const repeatedly = (start: Start, stop: Stop) =>
        new Promise<void>((resolve) => {
          let ticks = 0;
          const timer = start(() => {
            if (++ticks < 4) return;
            stop(timer);
            resolve();
          }, ms / 4);
        });
      const ticking = async () => {
        let ticks = 0;
        for await (const _ of promises.setInterval(ms / 4)) if (++ticks === 4) return;
      };
      const aborted = (signal: AbortSignal) =>
        new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      const ways: Record<string, () => Promise<unknown>> = {
        setTimeout: () => once(setTimeout),
        'timers.setTimeout': () => once(timers.setTimeout),
        setInterval: () => repeatedly(setInterval, clearInterval as Stop),
        'timers.setInterval': () => repeatedly(timers.setInterval, timers.clearInterval as Stop),
        'promises.setTimeout': () => promises.setTimeout(ms),
        'promises.setInterval': ticking,
        'promises.scheduler.wait': () => promises.scheduler.wait(ms),
        promisified: () => util.promisify(setTimeout)(ms),
        'timers promisified': () => util.promisify(timers.setTimeout)(ms),
        'AbortSignal.timeout': () => aborted(AbortSignal.timeout(ms)),
      };
      // The time begins before the timer does: to start one can take a busy machine milliseconds.
      const began = (start: () => Promise<unknown>) => takes(Promise.resolve().then(start));
      const taken = await Promise.all(Object.values(ways).map(began));
      return Object.fromEntries(Object.keys(ways).map((name, i) => [name, taken[i]!]));
    });
    expect(Object.keys(seen)).toHaveLength(10);
    for (const [name, ms] of Object.entries(seen)) {
      expect(ms, name).toBeGreaterThanOrEqual(499.9);
      // In true time it would have been 1000.
      expect(ms, name).toBeLessThan(980);
    }
  });

  test('that are pending are rescheduled when the clock runs faster', async () => {
    const slept = await node.run(async ({ change, skewed, trueNowMs, takes, promises }) => {
      // At this rate 300 ms are five minutes.
      change((state) => skewed.drift(state, trueNowMs(), -999_000));
      const sleeping = [300, 200, 250].map((ms) => takes(promises.setTimeout(ms)));
      await new Promise((resolve) => setImmediate(resolve));
      change((state) => skewed.drift(state, trueNowMs(), 0));
      return Promise.all(sleeping);
    });
    for (const [i, ms] of [299, 199, 249].entries()) expectAbout(slept[i]!, ms);
  });

  test('that are pending are rescheduled when the clock runs slower', async () => {
    const slept = await node.run(async ({ change, skewed, trueNowMs, takes, promises }) => {
      change((state) => skewed.drift(state, trueNowMs(), 999_999));
      const sleeping = takes(promises.setTimeout(100));
      change((state) => skewed.drift(state, trueNowMs(), -800_000));
      return sleeping;
    });
    expectAbout(slept, 490);
  });

  test('never fire before their time by the clock of the node', async () => {
    const early = await node.run(async ({ change, skewed, trueNowMs, clock }) => {
      change((state) => skewed.drift(state, trueNowMs(), 500_000));
      let early = 0;
      const wait = (ms: number): Promise<void> => {
        const dueMs = clock.monotonic() + ms;
        return new Promise((resolve) => {
          setTimeout(() => {
            if (clock.monotonic() < dueMs) early++;
            resolve();
          }, ms);
        });
      };
      await Promise.all(Array.from({ length: 200 }, (_, i) => wait(1 + (i % 40) * 0.7)));
      return early;
    });
    expect(early).toBe(0);
  });

  test('of one delay fire in the order in which they were set, also across turns', async () => {
    const inversions = await node.run(async () => {
      let inversions = 0;
      let last = -1;
      let number = 0;
      const fired: Promise<void>[] = [];
      for (let batch = 0; batch < 30; batch++) {
        for (let i = 0; i < 50; i++) {
          const mine = number++;
          fired.push(
            new Promise((resolve) => {
              setTimeout(() => {
                if (mine < last) inversions++;
                last = mine;
                resolve();
              }, 5);
            }),
          );
        }
        await new Promise((resolve) => setImmediate(resolve));
      }
      await Promise.all(fired);
      return inversions;
    });
    expect(inversions).toBe(0);
  });

  test('that are due together let promises settle between them, as in Node', async () => {
    const order = await node.run(async () => {
      const order: string[] = [];
      await new Promise<void>((resolve) => {
        for (const name of ['a', 'b', 'c']) {
          setTimeout(() => {
            order.push(name);
            void Promise.resolve().then(() => order.push(`${name} settled`));
            process.nextTick(() => order.push(`${name} ticked`));
            if (name === 'c') setTimeout(resolve, 1);
          }, 3);
        }
        const endMs = performance.now() + 10;
        while (performance.now() < endMs);
      });
      return order;
    });
    expect(order).toEqual(
      ['a', 'b', 'c'].flatMap((name) => [name, `${name} ticked`, `${name} settled`]),
    );
  });

  test('pass arguments on, and call back as the timeout', async () => {
    const seen = await node.run(
      () =>
        new Promise((resolve) => {
          const timer: unknown = setTimeout(
            function (this: unknown, ...args: unknown[]) {
              resolve([this === timer, args]);
            },
            1,
            'a',
            2,
          );
        }),
    );
    expect(seen).toEqual([true, ['a', 2]]);
  });

  test('accept the delays that Node accepts: invalid, too small and too large ones count as 1', async () => {
    const ms = await node.run(async ({ takes }) => {
      const delays = [undefined, Number.NaN, -5, 0, 'x', 2 ** 40, '20'] as number[];
      return Promise.all(
        delays.map((ms) => takes(new Promise<void>((resolve) => setTimeout(resolve, ms)))),
      );
    });
    for (const each of ms.slice(0, -1)) expectAbout(each, 0.9);
    expectAbout(ms.at(-1)!, 19.9);
  });

  test('reject a callback that is not a function', async () => {
    const code = await node.run(() => {
      try {
        setTimeout('alert()' as unknown as () => void, 1);
        return 'none';
      } catch (error) {
        return [error instanceof TypeError, (error as NodeJS.ErrnoException).code];
      }
    });
    expect(code).toEqual([true, 'ERR_INVALID_ARG_TYPE']);
  });

  test('run in the asynchronous context in which they were set, even if the clock changed', async () => {
    const seen = await node.run(async ({ AsyncLocalStorage, change, skewed, trueNowMs }) => {
      const storage = new AsyncLocalStorage<string>();
      const seen: (string | undefined)[] = [];
      await new Promise<void>((resolve) => {
        const look = (): void => {
          seen.push(storage.getStore());
          if (seen.length === 3) resolve();
        };
        storage.run('first', () => setTimeout(look, 5));
        storage.run('second', () => setTimeout(look, 10));
        const third = storage.run('third', () => setTimeout(look, 1));
        storage.run('change', () => {
          change((state) => skewed.drift(state, trueNowMs(), 100));
          third.refresh();
          setTimeout(() => {}, 2);
        });
      });
      return seen.sort();
    });
    expect(seen).toEqual(['first', 'second', 'third']);
  });

  test('that throw do not affect the others', async () => {
    const seen = await node.run(
      ({ promises }) =>
        new Promise<string[]>((resolve) => {
          const thrown: string[] = [];
          const onError = (error: Error): void => {
            thrown.push(error.message);
          };
          process.on('uncaughtException', onError);
          let ticks = 0;
          const ticking = setInterval(() => {
            ticks++;
            throw new Error(`tick ${ticks}`);
          }, 2);
          setTimeout(() => {
            throw new Error('once');
          }, 1);
          void (async () => {
            while (thrown.length < 3) await promises.setTimeout(1);
            clearInterval(ticking);
            process.off('uncaughtException', onError);
            resolve(thrown);
          })();
        }),
    );
    expect(seen).toContain('once');
    expect(seen).toContain('tick 2');
  });
});

describe('a timer that is cleared', () => {
  test('does not fire, whether cleared by object, by number or by number as a string', async () => {
    const fired = await node.run(async ({ promises, timers }) => {
      const fired: string[] = [];
      const set = (name: string) => setTimeout(() => fired.push(name), 5);
      clearTimeout(set('by object'));
      clearTimeout(Number(set('by its number')));
      clearTimeout(`${+set('by its number as text')}` as unknown as number);
      clearInterval(set('by clearInterval'));
      timers.clearTimeout(set('by node:timers'));
      set('by close').close();
      clearTimeout(setInterval(() => fired.push('an interval'), 5));
      const other = set('left alone');
      // The number is requested, but not used.
      Number(other);
      for (const nothing of [undefined, null, {}, 12_345, 'n1', Number.NaN]) {
        clearTimeout(nothing as unknown as number);
      }
      await promises.setTimeout(20);
      return fired;
    });
    expect(fired).toEqual(['left alone']);
  });

  test('by another one that is due together with it does not fire', async () => {
    const fired = await node.run(async ({ promises }) => {
      const fired: string[] = [];
      setTimeout(() => {
        fired.push('first');
        clearTimeout(second);
      }, 5);
      const second = setTimeout(() => fired.push('second'), 5);
      const endMs = performance.now() + 15;
      while (performance.now() < endMs);
      await promises.setTimeout(20);
      return fired;
    });
    expect(fired).toEqual(['first']);
  });

  test('in its own callback does not fire again', async () => {
    const ticks = await node.run(async ({ promises }) => {
      let ticks = 0;
      const timer = setInterval(() => {
        if (++ticks === 3) clearInterval(timer);
      }, 2);
      await promises.setTimeout(30);
      return ticks;
    });
    expect(ticks).toBe(3);
  });
});

describe('refresh', () => {
  test('restarts the delay', async () => {
    const ms = await node.run(async ({ takes, promises }) => {
      let timer: NodeJS.Timeout;
      const fired = takes(
        new Promise<void>((resolve) => {
          timer = setTimeout(resolve, 80);
        }),
      );
      await promises.setTimeout(50);
      timer!.refresh();
      return fired;
    });
    expectAbout(ms, 129);
  });

  test('makes a fired timer fire again, and does not revive a cleared one', async () => {
    const fired = await node.run(async ({ promises }) => {
      const fired: string[] = [];
      let isFirst = true;
      const timer = setTimeout(() => {
        fired.push('again');
        if (isFirst) timer.refresh();
        isFirst = false;
      }, 5);
      const cleared = setTimeout(() => fired.push('cleared'), 5);
      clearTimeout(cleared);
      cleared.refresh();
      await promises.setTimeout(40);
      return fired;
    });
    expect(fired).toEqual(['again', 'again']);
  });
});

describe('promises of timers', () => {
  test('resolve to their value', async () => {
    const values = await node.run(async ({ promises, util }) => [
      await promises.setTimeout(1, 'value'),
      await util.promisify(setTimeout)(1, 'promisified'),
      (await promises.setInterval(1, 'ticked')[Symbol.asyncIterator]().next()).value,
    ]);
    expect(values).toEqual(['value', 'promisified', 'ticked']);
  });

  test('end as soon as their signal is aborted, even if that was before', async () => {
    const seen = await node.run(async ({ promises, takes }) => {
      const outcomes: unknown[] = [];
      const note = (promise: Promise<unknown>) =>
        promise.then(
          () => outcomes.push('resolved'),
          (error: Error & { code: string }) =>
            outcomes.push([error.name, error.code, (error.cause as Error).message]),
        );
      const controller = new AbortController();
      const { signal } = controller;
      const ticking = async () => {
        for await (const _ of promises.setInterval(60_000, null, { signal })) outcomes.push('tick');
      };
      const waiting = [
        note(promises.setTimeout(60_000, null, { signal })),
        note(promises.scheduler.wait(60_000, { signal })),
        note(ticking()),
      ];
      setTimeout(() => controller.abort(new Error('enough')), 5);
      const ms = await takes(Promise.all(waiting));
      await note(promises.setTimeout(60_000, null, { signal }));
      await note(ticking());
      return { outcomes, ms };
    });
    expect(seen.outcomes).toEqual(Array(5).fill(['AbortError', 'ABORT_ERR', 'enough']));
    expectAbout(seen.ms, 4);
  });

  test('of an interval lose no tick while their consumer is busy', async () => {
    const ticks = await node.run(async ({ promises, change, skewed, trueNowMs }) => {
      let ticks = 0;
      for await (const _ of promises.setInterval(20)) {
        if (++ticks === 4) return ticks;
        if (ticks > 1) continue;
        await promises.setTimeout(100);
        // From now on a tick takes hours: those that are read have come before.
        change((state) => skewed.drift(state, trueNowMs(), -999_999));
      }
      return ticks;
    });
    expect(ticks).toBe(4);
  });

  test('AbortSignal.timeout throws what Node throws', async () => {
    const inNode = (ms: unknown): string[] => {
      try {
        AbortSignal.timeout(ms as number);
        return [];
      } catch (error) {
        const { name, code, message } = error as NodeJS.ErrnoException;
        return [name, code!, message];
      }
    };
    const delays = [-1, 1.5, 2 ** 32, 2 ** 33, 0, 2 ** 32 - 1];
    const special = [Number.NaN, Number.POSITIVE_INFINITY, undefined, null, '5', {}];
    const seen = await node.run(() => {
      const outcomeOf = (ms: unknown): string[] => {
        try {
          AbortSignal.timeout(ms as number);
          return [];
        } catch (error) {
          const { name, code, message } = error as NodeJS.ErrnoException;
          return [name, code!, message];
        }
      };
      return [
        ...[-1, 1.5, 2 ** 32, 2 ** 33, 0, 2 ** 32 - 1],
        ...[Number.NaN, Number.POSITIVE_INFINITY, undefined, null, '5', {}],
      ].map(outcomeOf);
    });
    expect(seen).toEqual([...delays, ...special].map(inNode));
  });

  test('AbortSignal.timeout aborts with a TimeoutError', async () => {
    const seen = await node.run(async ({ promises }) => {
      const signal = AbortSignal.timeout(5);
      const before = signal.aborted;
      await promises.setTimeout(20);
      return [before, signal.aborted, signal.reason instanceof DOMException, signal.reason.name];
    });
    expect(seen).toEqual([false, true, true, 'TimeoutError']);
  });
});

describe('a process', () => {
  test('is kept alive by a pending timer, but not by an unreferenced or cleared one', async () => {
    const printed = await runToEnd(({ trueNowMs }) => {
      const startMs = trueNowMs();
      setTimeout(() => console.log('never'), 60_000).unref();
      setInterval(() => console.log('never'), 60_000).unref();
      AbortSignal.timeout(60_000);
      clearTimeout(setTimeout(() => console.log('never'), 60_000));
      setTimeout(() => console.log('referenced'), 20);
      setTimeout(() => console.log('unreferenced'), 10).unref();
      process.on('exit', () => {
        if (trueNowMs() - startMs > 10_000) console.log('late');
      });
    });
    expect(printed).toBe('unreferenced\nreferenced');
  });

  test('is kept alive again by a timer that is referenced again', async () => {
    const printed = await runToEnd(() => {
      setTimeout(() => console.log('fired'), 20)
        .unref()
        .ref();
    });
    expect(printed).toBe('fired');
  });

  test('ends at once if its last timer was unreferenced or cleared', async () => {
    const printed = await Promise.all([
      runToEnd(() => {
        const timer = setTimeout(() => console.log('never'), 60_000);
        timer.unref();
        console.log(timer.hasRef());
      }),
      runToEnd(() => {
        const timer = setTimeout(() => console.log('never'), 60_000);
        clearTimeout(timer);
      }),
      runToEnd(({ promises }) => {
        void promises.setTimeout(60_000, null, { ref: false });
      }),
    ]);
    expect(printed).toEqual(['false', '', '']);
  });
});
