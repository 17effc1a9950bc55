import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HybridClock, type HybridTimestamp, hybrid } from '../src/index.ts';
import { type Event, eachPair, executions, happenedBefore, obtain } from './helpers/execution.ts';

const stampOf = ({ l, c }: HybridClock): HybridTimestamp => ({ l, c });

/** Stamps an execution. `wallOf` returns what a node's wall reads at a moment of true time. */
function stampAll(events: readonly Event[], wallOf: (event: Event, trueMs: number) => number) {
  const clocks = new Map<string, HybridClock>();
  const stamps: HybridTimestamp[] = [];
  const walls: number[] = [];
  let trueMs = 1000;
  for (const event of events) {
    trueMs += event.gapMs;
    const wallMs = wallOf(event, trueMs);
    const clock = obtain(clocks, event.node, () => new HybridClock());
    if (event.sentAt === null) clock.now(wallMs);
    else clock.observe(stamps[event.sentAt]!, wallMs);
    stamps.push(stampOf(clock));
    walls.push(wallMs);
  }
  return { stamps, walls };
}

/** Walls gone mad: any value at any event, backward and negative and fractional too. */
const madWalls = fc.array(
  fc.oneof(
    fc.integer({ min: 990, max: 1010 }),
    fc.double({ min: -1e4, max: 1e4, noNaN: true }),
    fc.constantFrom(Number.NaN, Number.NEGATIVE_INFINITY),
  ),
  { minLength: 60, maxLength: 60 },
);

const EPSILON_MS = 8;
const offsets = fc.array(fc.integer({ min: 0, max: EPSILON_MS }), { minLength: 5, maxLength: 5 });
const offsetOf = (of: readonly number[], { node }: Event) => of[Number(node.slice(1)) - 1]!;

test('an event that happened before another has the earlier timestamp, whatever the walls read', () => {
  fc.assert(
    fc.property(executions, madWalls, (events, walls) => {
      const { stamps } = stampAll(events, ({ index }) => walls[index]!);
      const before = happenedBefore(events);
      eachPair(events, (a, b) => {
        if (before(a, b)) expect(hybrid.compare(stamps[a]!, stamps[b]!)).toBeLessThan(0);
      });
    }),
  );
});

test('l is never behind the own wall, and c is 0 when l comes from the wall alone', () => {
  fc.assert(
    fc.property(executions, madWalls, (events, walls) => {
      const { stamps } = stampAll(events, ({ index }) => walls[index]!);
      for (const { index, previous, sentAt } of events) {
        const wall = Math.floor(walls[index]!) || 0;
        const { l, c } = stamps[index]!;
        expect(l).toBeGreaterThanOrEqual(wall);
        const heard = [previous, sentAt].flatMap((i) => (i === null ? [0] : [stamps[i]!.l]));
        if (wall > Math.max(...heard)) expect({ l, c }).toEqual({ l: wall, c: 0 });
      }
    }),
  );
});

test('l is its own wall or that of an event that happened before', () => {
  fc.assert(
    fc.property(executions, madWalls, (events, walls) => {
      const { stamps } = stampAll(events, ({ index }) => walls[index]!);
      const before = happenedBefore(events);
      for (const { index } of events) {
        const known = events
          .filter((e) => e.index === index || before(e.index, index))
          .map((e) => Math.max(0, Math.floor(walls[e.index]!) || 0));
        expect(stamps[index]!.l).toBe(Math.max(0, ...known));
      }
    }),
  );
});

test('l is ahead of the own wall by the skew between the nodes at most', () => {
  fc.assert(
    fc.property(executions, offsets, (events, of) => {
      const { stamps, walls } = stampAll(events, (event, trueMs) => trueMs + offsetOf(of, event));
      stamps.forEach(({ l }, i) => {
        expect(l - walls[i]!).toBeLessThanOrEqual(EPSILON_MS);
      });
    }),
  );
});

test('c counts no more than the events before it with the same l (theorem 4, corollary)', () => {
  fc.assert(
    fc.property(executions, madWalls, (events, walls) => {
      const { stamps } = stampAll(events, ({ index }) => walls[index]!);
      const before = happenedBefore(events);
      stamps.forEach(({ l, c }, i) => {
        // Before its first event a clock stands at l = 0, c = 0: one more step there.
        const same = stamps.filter((stamp, j) => stamp.l === l && before(j, i)).length;
        expect(c).toBeLessThanOrEqual(l === 0 ? same + 1 : same);
      });
    }),
  );
});

test('c stays within nodes × (skew + 1) while walls advance between events', () => {
  fc.assert(
    fc.property(executions, offsets, (events, of) => {
      const { stamps } = stampAll(events, (event, trueMs) => trueMs + offsetOf(of, event));
      const nodes = new Set(events.map((event) => event.node)).size;
      for (const { c } of stamps) expect(c).toBeLessThanOrEqual(nodes * (EPSILON_MS + 1));
    }),
  );
});

describe('the cases of figure 5', () => {
  const at = (l: number, c: number) => new HybridClock({ resume: { l, c } });
  test.each([
    { own: [10, 2], wall: 12, result: [12, 0], why: 'the wall is ahead' },
    { own: [10, 2], wall: 10, result: [10, 3], why: 'the wall has not moved' },
    { own: [10, 2], wall: 3, result: [10, 3], why: 'the wall is behind' },
  ])('a local event when $why', ({ own, wall, result }) => {
    const clock = at(own[0]!, own[1]!);
    clock.now(wall);
    expect([clock.l, clock.c]).toEqual(result);
  });

  test.each([
    { own: [10, 2], remote: [10, 5], wall: 10, result: [10, 6], why: 'all agree' },
    { own: [10, 7], remote: [10, 5], wall: 9, result: [10, 8], why: 'own and remote agree' },
    { own: [10, 2], remote: [9, 5], wall: 9, result: [10, 3], why: 'the own l is ahead' },
    { own: [10, 2], remote: [12, 5], wall: 11, result: [12, 6], why: 'the remote l is ahead' },
    { own: [10, 2], remote: [12, 5], wall: 12, result: [12, 6], why: 'remote and wall agree' },
    { own: [10, 2], remote: [12, 5], wall: 15, result: [15, 0], why: 'the wall is ahead' },
  ])('a receipt when $why', ({ own, remote, wall, result }) => {
    const clock = at(own[0]!, own[1]!);
    expect(clock.observe({ l: remote[0]!, c: remote[1]! }, wall)).toBe(true);
    expect([clock.l, clock.c]).toEqual(result);
  });
});

describe('when c is full', () => {
  test('a local event carries into l, and is still later', () => {
    const clock = new HybridClock({ resume: { l: 10, c: hybrid.MAX_C - 1 } });
    clock.now(10);
    expect(stampOf(clock)).toEqual({ l: 10, c: hybrid.MAX_C });
    clock.now(10);
    expect(stampOf(clock)).toEqual({ l: 11, c: 0 });
  });

  test('a receipt carries into l, and is still later than the send', () => {
    const clock = new HybridClock();
    clock.observe({ l: 10, c: hybrid.MAX_C }, 4);
    expect(stampOf(clock)).toEqual({ l: 11, c: 0 });
  });

  test('200,000 events in one millisecond stay in order and within 16 bits', () => {
    const clock = new HybridClock();
    let last = stampOf(clock);
    for (let i = 0; i < 200_000; i++) {
      clock.now(1000);
      const inOrder = hybrid.compare(last, clock) < 0 && clock.c <= hybrid.MAX_C;
      if (!inOrder) expect.fail(`event ${i}: ${last.l},${last.c} then ${clock.l},${clock.c}`);
      last = stampOf(clock);
    }
    expect(clock.l).toBe(1003);
  });
});

describe('a remote timestamp too far ahead', () => {
  test('is rejected, and the receipt is stamped as a local event', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1e6 }),
        fc.nat({ max: 1e6 }),
        fc.nat({ max: 1e6 }),
        (excessMs, ownL, wallMs) => {
          const resume = { l: ownL, c: 1 };
          const clock = new HybridClock({ maxAheadMs: 500, resume });
          const untouched = new HybridClock({ resume });
          untouched.now(wallMs);
          expect(clock.observe({ l: wallMs + 500 + excessMs, c: 7 }, wallMs)).toBe(false);
          expect(stampOf(clock)).toEqual(stampOf(untouched));
          expect(hybrid.compare(resume, clock)).toBeLessThan(0);
        },
      ),
    );
  });

  test('is accepted up to the limit exactly', () => {
    const clock = new HybridClock({ maxAheadMs: 500 });
    expect(clock.observe({ l: 1500, c: 7 }, 1000.9)).toBe(true);
    expect(stampOf(clock)).toEqual({ l: 1500, c: 8 });
  });

  test('is accepted at any distance when no limit is set', () => {
    expect(new HybridClock().observe({ l: 2 ** 40, c: 0 }, 0)).toBe(true);
  });
});

test.each([
  { l: Number.NaN, c: 0 },
  { l: 5.5, c: 0 },
  { l: 5, c: -1 },
  { l: 5, c: hybrid.MAX_C + 1 },
  { l: hybrid.MAX_L, c: 0 },
])('a corrupted timestamp %o is refused', (remote) => {
  const clock = new HybridClock();
  expect(clock.observe(remote, 3)).toBe(false);
  expect(stampOf(clock)).toEqual({ l: 3, c: 0 });
});

test('a wall is floored, and clamped to what fits', () => {
  const l = (wallMs: number) => {
    const clock = new HybridClock();
    clock.now(wallMs);
    return clock.l;
  };
  expect(l(1000.999)).toBe(1000);
  expect(l(-5)).toBe(0);
  expect(l(Number.NaN)).toBe(0);
  expect(l(Number.POSITIVE_INFINITY)).toBeLessThan(hybrid.MAX_L);
});

test('after an absurd wall reading the clock still has room to count', () => {
  const clock = new HybridClock();
  for (let i = 0; i < 100_000; i++) clock.now(8.64e15);
  expect(hybrid.unpack(hybrid.pack(clock))).toEqual(stampOf(clock));
});

test('invalid options are rejected', () => {
  expect(() => new HybridClock({ maxAheadMs: -1 })).toThrow(RangeError);
  expect(() => new HybridClock({ maxAheadMs: Number.NaN })).toThrow(RangeError);
  expect(() => new HybridClock({ resume: { l: 1.5, c: 0 } })).toThrow(RangeError);
});
