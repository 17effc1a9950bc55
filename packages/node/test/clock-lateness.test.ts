import { skewed } from '@faultline/clocks';
import { expect, test } from 'vitest';
import { latenessMs } from '../src/host/clock-states.ts';

const state = skewed.perfect({ trueMs: 1000, wallMs: 1e12 });

test.each([
  ['on its way for a moment, and nothing was stamped meanwhile', 1000, 1004, 999, 0],
  ['a message was stamped with the state before', 1000, 1004, 1002, 4],
  ['on its way for unusually long', 1000, 1020, 999, 20],
  ['sent ahead and arrived in time', 800, 990, 980, 0],
  ['sent ahead and arrived after it began', 800, 1001, 900, 1],
])('a state is late as it should be: %s', (_, sentMs, atMs, stampedMs, lateMs) => {
  expect(latenessMs(state, { sentMs, atMs, stampedMs })).toBe(lateMs);
});
