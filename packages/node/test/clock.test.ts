import { type ClockState, hybrid, skewed } from '@faultline/clocks';
import { FrameReader, FrameWriter } from '@faultline/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HostClock } from '../src/host/clock.ts';

/** A node's clock with manually advanced true time. */
class Bench {
  trueMs = 1000;
  state: ClockState = skewed.perfect({ trueMs: 1000, wallMs: 1e12 });
  readonly clock: HostClock;

  constructor(id = 'n1', withVector = false) {
    this.clock = new HostClock(id, this.state, withVector, () => this.trueMs);
  }

  change(next: (state: ClockState) => ClockState): void {
    this.state = next(this.state);
    this.clock.setState(this.state);
  }

  /** What the clock stamps a message with that it sends now, as its receiver reads it. */
  send(): FrameReader {
    const writer = new FrameWriter();
    writer.append('n1', 'n2', { type: 'x' }, 1, 1, this.clock.tick());
    const reader = new FrameReader();
    reader.open(writer.take());
    reader.next();
    return reader;
  }
}

describe('a state that begins later', () => {
  const later = (bench: Bench, afterMs: number, deltaMs: number): number => {
    bench.state = skewed.jump(bench.state, bench.trueMs + afterMs, deltaMs);
    return bench.clock.setState(bench.state);
  };

  test('is read from its moment on and not before', () => {
    const bench = new Bench();
    expect(later(bench, 100, 5000)).toBe(100);
    expect(later(bench, 200, 1000)).toBe(200);
    const readings = [0, 99, 1, 99, 1].map((passMs) => {
      bench.trueMs += passMs;
      return bench.clock.wall() - 1e12;
    });
    expect(readings).toEqual([0, 99, 5100, 5199, 6200]);
  });

  test('stamps messages that leave from then on', () => {
    const bench = new Bench();
    later(bench, 100, 5000);
    expect(bench.clock.tick().wallMs - 1e12).toBe(0);
    bench.trueMs += 100;
    expect(bench.clock.tick().wallMs - 1e12).toBe(5100);
  });
});

const driftPpm = fc.integer({ min: -999_999, max: 999_999 });

describe('the monotonic clock', () => {
  test('never goes back, whatever states arrive, and however late', () => {
    const step = fc.record({
      passMs: fc.double({ min: 0, max: 100, noNaN: true }),
      drift: fc.option(driftPpm),
      lateMs: fc.double({ min: 0, max: 50, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const bench = new Bench();
        let last = bench.clock.monotonic();
        for (const { passMs, drift, lateMs } of steps) {
          bench.trueMs += passMs;
          if (drift !== null) {
            const began = Math.max(bench.state.sinceTrueMs, bench.trueMs - lateMs);
            bench.change((state) => skewed.drift(state, began, drift));
          }
          const now = bench.clock.monotonic();
          expect(now).toBeGreaterThanOrEqual(last);
          // Held, it is ahead of its state; it is never behind.
          expect(now).toBeGreaterThanOrEqual(skewed.monotonicAt(bench.state, bench.trueMs));
          last = now;
        }
      }),
    );
  });

  test('follows its state again once that has passed the last reading', () => {
    const bench = new Bench();
    bench.trueMs = 1100;
    expect(bench.clock.monotonic()).toBe(100);
    bench.change((state) => skewed.drift(state, 1080, -500_000));
    expect(bench.clock.monotonic()).toBe(100);
    bench.trueMs = 1119;
    expect(bench.clock.monotonic()).toBe(100);
    bench.trueMs = 1200;
    expect(bench.clock.monotonic()).toBe(140);
  });

  test('shows the awaited reading when the delay is over, held or not', () => {
    fc.assert(
      fc.property(
        driftPpm,
        fc.double({ min: 0, max: 50, noNaN: true }),
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        (drift, lateMs, delayMs) => {
          const bench = new Bench();
          bench.trueMs += 100;
          const dueMs = bench.clock.monotonic() + delayMs;
          bench.change((state) => skewed.drift(state, bench.trueMs - lateMs, drift));
          const trueDelayMs = bench.clock.trueDelayUntil(dueMs);
          expect(trueDelayMs).toBeGreaterThanOrEqual(0);
          bench.trueMs += trueDelayMs;
          expect(bench.clock.monotonic()).toBeGreaterThan(dueMs - 1e-3);
          // A faster clock that began earlier may be past it already.
          if (trueDelayMs > 0) expect(bench.clock.monotonic()).toBeLessThan(dueMs + 1e-3);
        },
      ),
    );
  });
});

test('the wall follows each state at once, even backwards', () => {
  const bench = new Bench();
  expect(bench.clock.wall()).toBe(1e12);
  bench.change((state) => skewed.jump(state, 1000, -5000));
  expect(bench.clock.wall()).toBe(1e12 - 5000);
  bench.trueMs += 10;
  expect(bench.clock.wall()).toBe(1e12 - 4990);
});

test('the interval is narrow after a synchronization, and wider later', () => {
  const bench = new Bench();
  bench.change((state) => skewed.synchronise(state, 1000, { boundMs: 5 }));
  const width = (): number => {
    const { earliestMs, latestMs } = bench.clock.interval();
    return latestMs - earliestMs;
  };
  expect(width()).toBe(10);
  bench.trueMs += 100_000;
  expect(width()).toBeGreaterThan(10);
});

describe('the logical clocks', () => {
  test('of a receiver are past the stamps of the sender, whatever the walls read', () => {
    const offset = fc.integer({ min: -1e6, max: 1e6 });
    const events = fc.nat({ max: 20 });
    fc.assert(
      fc.property(offset, offset, events, events, (ofSender, ofReceiver, before, there) => {
        const sender = new Bench('n1', true);
        const receiver = new Bench('n2', true);
        sender.change((state) => skewed.jump(state, 1000, ofSender));
        receiver.change((state) => skewed.jump(state, 1000, ofReceiver));
        for (let i = 0; i < before; i++) sender.clock.tick();
        for (let i = 0; i < there; i++) receiver.clock.tick();
        const own = receiver.clock.vector().n2!;
        const message = sender.send();
        const stamps = message.stamps()!;
        expect(stamps.lamport).toBe(sender.clock.lamport());
        expect({ ...stamps.vector }).toEqual({ ...sender.clock.vector() });
        expect([stamps.wallMs, stamps.trueMs]).toEqual([sender.clock.wall(), 1000]);

        receiver.clock.observe(message);
        expect(receiver.clock.lamport()).toBeGreaterThan(Math.max(stamps.lamport, there));
        expect({ ...receiver.clock.vector() }).toEqual({ n1: before + 1, n2: own + 1 });
        const sent = hybrid.format({ l: stamps.hybridMs, c: stamps.hybridCounter });
        expect(receiver.clock.hybrid() > sent).toBe(true);
      }),
    );
  });

  test('count a message without stamps, such as that of a client, as an event', () => {
    const writer = new FrameWriter();
    writer.append('c1', 'n1', { type: 'x' }, 1, 1);
    const reader = new FrameReader();
    reader.open(writer.take());
    reader.next();
    const { clock } = new Bench('n1', true);
    clock.observe(reader);
    expect(clock.lamport()).toBe(1);
    expect({ ...clock.vector() }).toEqual({ n1: 1 });
  });

  test('give a new hybrid stamp each time, greater as text', () => {
    const bench = new Bench();
    const stamps = Array.from({ length: 100 }, (_, i) => {
      bench.trueMs += i % 3;
      bench.change((state) => skewed.jump(state, bench.trueMs, i % 2 === 0 ? 50 : -50));
      return bench.clock.hybrid();
    });
    expect(stamps).toEqual([...new Set(stamps)].sort());
  });

  test('give hybrid stamps greater than one that was stored, however far back the wall was set', () => {
    const before = new Bench();
    before.change((state) => skewed.jump(state, 1000, 60_000));
    const stored = before.clock.hybrid();
    const { clock } = new Bench();
    expect(clock.hybrid() < stored).toBe(true);
    clock.observeHybrid(stored);
    expect(clock.hybrid() > stored).toBe(true);
    const later = clock.hybrid();
    clock.observeHybrid('000000000000001.00000');
    expect(clock.hybrid() > later).toBe(true);
  });

  test.each(['5795232244917380', 'zzz', '', '281474976710655.00000', '999999999999999.00000'])(
    'refuse to observe %j, which no hybrid clock gives',
    (stamp) => {
      const { clock } = new Bench();
      const before = clock.hybrid();
      expect(() => clock.observeHybrid(stamp)).toThrow(RangeError);
      // Nothing of it was taken over.
      expect(Number.parseInt(clock.hybrid(), 10)).toBe(Number.parseInt(before, 10));
    },
  );

  test('say how to enable vector clocks if the cluster keeps none', () => {
    const bench = new Bench();
    expect(() => bench.clock.vector()).toThrow(/--vector/);
    expect(bench.send().vectorAt).toBe(-1);
  });
});
