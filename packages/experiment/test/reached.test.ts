import { expect, test } from 'vitest';
import { reachedBy, requireReached, shortfall, slowness } from '../src/load/reached.ts';
import { readPace } from '../src/workloads/workload.ts';

test('measures the rate of a load over its time, and does not count waiting for the last reply as slowness', () => {
  const pace = readPace({ for: '10s', rate: 150 });
  expect(reachedBy(pace, 670, 10_900)).toEqual({ perSecond: 67, rate: 150 });
  expect(reachedBy(readPace({ operations: 100 }), 100, 2000)).toEqual({ perSecond: 50 });
  expect(reachedBy(readPace({ operations: 1, minRate: 5 }), 0, 0)).toEqual({
    perSecond: 0,
    minRate: 5,
  });
});

test('reports the actual rate of a load that misses its rate', () => {
  expect(slowness({ perSecond: 67, rate: 150 })).toMatch(/reached 67 of the requested 150 /);
  expect(slowness({ perSecond: 149, rate: 150 })).toBeNull();
  expect(slowness({ perSecond: 3 })).toBeNull();
  expect(slowness({})).toBeNull();
});

test('fails a load only below its required rate', () => {
  expect(shortfall({ perSecond: 67, minRate: 100 })).toMatch(/reached 67 .* requires 100/);
  expect(shortfall({ perSecond: 100, minRate: 100 })).toBeNull();
  expect(shortfall({ perSecond: 67, rate: 150 })).toBeNull();
  expect(() => requireReached('register', { perSecond: 67, minRate: 100 })).toThrow(
    expect.objectContaining({ code: 'LOAD_TOO_SLOW' }),
  );
  expect(() => readPace({ operations: 1, minRate: 0 })).toThrow(/minRate/);
});
