import { nodeVerbs, type OptionsOf } from '@faultline/actions';
import { skewed } from '@faultline/clocks';
import { describe, expect, test } from 'vitest';
import { carriedOver, changeClock } from '../../src/clocks/clock-change.ts';

const epoch = { trueMs: 1000, wallMs: Date.UTC(2026, 0, 1) };
const atMs = epoch.trueMs + 10_000;
const perfect = skewed.perfect(epoch);

type ClockChange = OptionsOf<'clock'>;
const change = (request: ClockChange, from = perfect, at = atMs) =>
  changeClock(from, nodeVerbs.clock.read(request), at);

/** The error of the wall clock `afterMs` after the change. */
const errorAfter = (afterMs: number, request: ClockChange, from = perfect): number =>
  skewed.offsetAt(change(request, from), atMs + afterMs);

// Ten seconds at 200 ppm are two milliseconds; readings are floats, so compare with a tolerance.
test.each<[string, ClockChange, afterMs: number, errorMs: number]>([
  ['a jump moves it at once', { jump: '+5s' }, 0, 5000],
  ['a jump may go back', { jump: '-1h' }, 0, -3_600_000],
  ['a drift begins with nothing', { drift: '200ppm' }, 0, 0],
  ['a drift adds up', { drift: '200ppm' }, 10_000, 2],
  ['a drift may be a share, and slow', { drift: '-5%' }, 10_000, -500],
  ['a frozen clock falls behind', { freeze: true }, 4000, -4000],
  ['a slew is only half way after half its time', { slew: { by: '100ms', rate: '1%' } }, 5000, 50],
  ['a slew ends', { slew: { by: '-100ms', rate: '1%' } }, 60_000, -100],
  ['a slew without a rate is one of 500 ppm', { slew: { by: '100ms' } }, 10_000, 5],
  ['a strobe begins with the true reading', { strobe: { delta: '200ms', period: '1s' } }, 100, 0],
  ['a strobe flips at half time', { strobe: { delta: '200ms', period: '1s' } }, 600, 200],
  ['a strobe flips back', { strobe: { delta: '200ms', period: '1s' } }, 1100, 0],
])('%s', (_, request, afterMs, errorMs) => {
  expect(errorAfter(afterMs, request)).toBeCloseTo(errorMs, 3);
});

test('a thawed clock continues from where it stood', () => {
  const frozen = change({ freeze: true });
  const thawed = change({ thaw: true }, frozen, atMs + 3000);
  expect(skewed.offsetAt(thawed, atMs + 3000)).toBeCloseTo(-3000, 3);
  expect(skewed.offsetAt(thawed, atMs + 9000)).toBeCloseTo(-3000, 3);
});

describe('a measured offset', () => {
  const exchange = { t1Ms: 0, t2Ms: 0, t3Ms: 0, t4Ms: 0 };
  const measured = { offsetMs: -50, delayMs: 8, boundMs: 4, exchange };

  test('is removed at once by a single synchronization', () => {
    const synced = changeClock(perfect, { sync: {} }, atMs, measured);
    expect(skewed.offsetAt(synced, atMs)).toBeCloseTo(-50, 3);
    expect(synced.synchronised.errorBoundMs).toBe(4);
  });

  test('is adjusted for changes made to the clock since the measurement', () => {
    const wrong = skewed.jump(perfect, atMs - 2000, 50);
    const moved = skewed.drift(skewed.jump(wrong, atMs - 1000, -3000), atMs - 1000, 100_000);
    const carried = carriedOver(measured, wrong, moved, atMs);
    expect(skewed.offsetAt(changeClock(moved, { sync: {} }, atMs, carried), atMs)).toBeCloseTo(
      0,
      3,
    );
    expect(carriedOver(measured, wrong, wrong, atMs)).toBe(measured);
  });

  test('is slewed if it is small, with repeated synchronization', () => {
    const synced = changeClock(perfect, { sync: { everyMs: 10_000 } }, atMs, measured);
    expect(skewed.offsetAt(synced, atMs)).toBeCloseTo(0, 3);
    expect(skewed.offsetAt(synced, atMs + 50_000)).toBeCloseTo(-25, 3);
  });
});

test('changes given together apply in order: set the error, then drift, then jump', () => {
  const wrong = change({ jump: '+1h' });
  const together: ClockChange = { jump: '+5s', setError: '0', drift: '200ppm' };
  expect(errorAfter(0, together, wrong)).toBeCloseTo(5000, 3);
  expect(errorAfter(10_000, together, wrong)).toBeCloseTo(5002, 3);
});

test('a reset removes every fault, and none comes back later', () => {
  let bent = change({ drift: '5%', jump: '-1h', slew: { by: '10s' } });
  bent = change({ strobe: { delta: '1s', period: '2s' } }, bent);
  bent = change({ freeze: true }, bent);
  const reset = change({ reset: true }, bent);
  expect(skewed.describe(reset, atMs)).toBe('perfect');
  for (const afterMs of [0, 600, 1500, 3_600_000]) {
    expect(skewed.offsetAt(reset, atMs + afterMs)).toBeCloseTo(0, 3);
  }
});

test('a set error is the actual error, and the node knows its size', () => {
  const set = change({ setError: '-2ms' }, change({ jump: '+1h' }));
  expect(skewed.offsetAt(set, atMs)).toBeCloseTo(-2, 3);
  expect(set.synchronised.errorBoundMs).toBe(2);
});

test('a strobe that is switched off leaves the reading without it', () => {
  const strobing = change({ strobe: { delta: '1s', period: '2s' } });
  const off = change({ strobe: 'off' }, strobing, atMs + 1500);
  expect(skewed.offsetAt(strobing, atMs + 1500)).toBeCloseTo(1000, 3);
  for (const afterMs of [1500, 2500, 3500]) {
    expect(skewed.offsetAt(off, atMs + afterMs)).toBeCloseTo(0, 3);
  }
});

test('the error for two contradictory settings names both and what is expected', () => {
  const strobe = { delta: '1s', period: '2s' };
  expect(() => change({ freeze: true, strobe })).toThrow(
    'freeze and strobe contradict each other: a frozen clock does not flip: use one of them',
  );
  expect(() => change({ reset: true, jump: '+1s' })).toThrow('reset first, then jump');
});

test('a change leaves the previous state object unmodified', () => {
  const before = structuredClone(perfect);
  change({ jump: '+5s', drift: '200ppm', freeze: true });
  expect(perfect).toEqual(before);
});

describe('refuses', () => {
  test.each<[string, ClockChange, string]>([
    ['freeze beside thaw', { freeze: true, thaw: true }, 'BAD_REQUEST'],
    [
      'freeze beside strobe',
      { freeze: true, strobe: { delta: '1s', period: '2s' } },
      'BAD_REQUEST',
    ],
    ['an error that is measured and set', { sync: {}, setError: '2ms' }, 'BAD_REQUEST'],
    ['a set error that is none', { setError: 'much' }, 'BAD_DURATION'],
    ['a reset with something beside it', { reset: true, jump: '+1s' }, 'BAD_REQUEST'],
    ['a jump without a unit', { jump: '5' }, 'BAD_DURATION'],
    ['a jump that is no duration', { jump: 'tomorrow' }, 'BAD_DURATION'],
    ['a slew by nothing that can be read', { slew: { by: '' } }, 'BAD_DURATION'],
    ['a strobe without a period', { strobe: { delta: '1s', period: '0s' } }, 'BAD_REQUEST'],
    ['a drift that would run time backwards', { drift: '-200%' }, 'BAD_REQUEST'],
    ['a slew at no rate', { slew: { by: '1s', rate: '0ppm' } }, 'BAD_REQUEST'],
  ])('%s', (_, request, code) => {
    expect(() => change(request)).toThrow(expect.objectContaining({ code }));
  });
});
