/** The controller against simulated processes: the share that they should get, and the share that they get. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CpuPace } from '../../src/cpu/cpu-pace.ts';

interface Process {
  /** CPU time that it gets per millisecond in which it may run. */
  readonly gain: number;
  /** How long it keeps running after it is stopped. */
  readonly lagMs: number;
  /** The part of its time in which it needs the CPU. */
  readonly busy: number;
}

/** Simulates a number of periods, measured every third period; returns the share over the last two thirds. */
function given(pace: CpuPace, { gain, lagMs, busy }: Process, periods = 600): number {
  let passedMs = 0;
  let usedMs = 0;
  let interval = { passedMs: 0, allowedMs: 0, usedMs: 0, waitedMs: 0 };
  for (let period = 0; period < periods; period++) {
    const { runMs, stopMs } = pace.next();
    const used = busy * gain * (runMs + (stopMs > 0 ? lagMs : 0));
    const waited = busy * Math.max(0, 1 - gain) * runMs;
    interval = {
      passedMs: interval.passedMs + runMs + stopMs,
      allowedMs: interval.allowedMs + runMs,
      usedMs: interval.usedMs + used,
      waitedMs: interval.waitedMs + waited,
    };
    if (period >= periods / 3) {
      passedMs += runMs + stopMs;
      usedMs += used;
    }
    if (period % 3 < 2) continue;
    pace.learn(interval);
    interval = { passedMs: 0, allowedMs: 0, usedMs: 0, waitedMs: 0 };
  }
  return usedMs / passedMs;
}

const share = fc.double({ min: 0.05, max: 0.9, noNaN: true });

test('a busy process gets the requested share, however late it stops and however many threads it has', () => {
  const process = fc.record({
    gain: fc.double({ min: 1, max: 8, noNaN: true }),
    lagMs: fc.double({ min: 0, max: 2, noNaN: true }),
    busy: fc.constant(1),
  });
  fc.assert(
    fc.property(share, process, (requested, busy) => {
      const ratio = given(new CpuPace(requested), busy) / requested;
      expect(ratio).toBeGreaterThan(0.9);
      expect(ratio).toBeLessThan(1.1);
    }),
  );
});

test('a process that waits for a CPU which others use is given more time, up to all of it', () => {
  const half = { gain: 0.5, lagMs: 0, busy: 1 };
  expect(given(new CpuPace(0.3), half) / 0.3).toBeCloseTo(1, 1);
  expect(given(new CpuPace(0.9), half)).toBeCloseTo(0.5, 1);
});

test('a slice that ended late is compensated by the following pause', () => {
  const pace = new CpuPace(0.02);
  const before = pace.next().stopMs;
  pace.learn({ passedMs: 108, allowedMs: 10, usedMs: 10, waitedMs: 0 });
  const { runMs, stopMs } = pace.next();
  // 10 ms instead of 2.16: the excess takes 392 ms to compensate.
  expect(runMs).toBe(2);
  expect(stopMs - before).toBeCloseTo(392, 0);
});

test('an idle process is stopped as much as a busy one and saves up no CPU time', () => {
  const pace = new CpuPace(0.1);
  given(pace, { gain: 1, lagMs: 0, busy: 0.01 });
  const { runMs, stopMs } = pace.next();
  expect(runMs / (runMs + stopMs)).toBeCloseTo(0.1, 5);
});

test('a slice is never too short to be timed, and no pause after it is longer than 200 ms', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 0.99, noNaN: true }), (requested) => {
      const { runMs, stopMs } = new CpuPace(requested).next();
      expect(runMs).toBeGreaterThanOrEqual(2);
      expect(stopMs).toBeLessThanOrEqual(200);
      expect(runMs / (runMs + stopMs)).toBeCloseTo(requested, 5);
    }),
  );
});
