import { expect, test } from 'vitest';
import { type Dot, fallMs, placeOf, shownMsMin } from '../../src/diagram/travel.ts';
import { type CopyStatus, copyStatuses } from '../../src/model/copy-status.ts';

const dotOf = (status: CopyStatus, tookMs = 1): Dot => ({
  from: { x: 0, y: 0 },
  to: { x: 100, y: 0 },
  status: copyStatuses.indexOf(status),
  startMs: 1000,
  tookMs,
});

test('a message travels from its sender to its receiver, slowly enough to be seen', () => {
  const dot = dotOf('delivered');
  expect(placeOf(dot, 999)).toBeNull();
  expect(placeOf(dot, 1000)).toEqual({ x: 0, y: 0, opacity: 1 });
  expect(placeOf(dot, 1000 + shownMsMin / 2)!.x).toBeCloseTo(50);
  expect(placeOf(dot, 1001 + shownMsMin)).toBeNull();
});

test('a message that takes longer travels as long as it takes', () => {
  expect(placeOf(dotOf('late', 2000), 2000)!.x).toBeCloseTo(50);
});

test.each(['lost', 'cut', 'undelivered'] as const)(
  'a message that is %s falls on its way, and fades',
  (status) => {
    const dot = dotOf(status);
    const falling = placeOf(dot, 1000 + shownMsMin * 0.45 + fallMs / 2)!;
    expect(falling.x).toBeCloseTo(45);
    expect(falling.y).toBeGreaterThan(0);
    expect(falling.opacity).toBeCloseTo(0.5);
    expect(placeOf(dot, 1000 + shownMsMin + fallMs)).toBeNull();
  },
);
