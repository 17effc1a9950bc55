import { type ClockState, skewed } from '@faultline/clocks';
import { expect, test } from 'vitest';
import { ClockStates } from '../../src/clocks/clock-states.ts';

const first = skewed.perfect({ trueMs: 1000, wallMs: 1e12 });
const second = skewed.jump(first, 1100, 5);
const third = skewed.jump(second, 1200, 5);

/** All three states, the later two added in advance. */
function made(): ClockStates {
  const states = new ClockStates(first);
  states.add(second, 1000);
  states.add(third, 1010);
  return states;
}

test('the latest state is known before it begins', () => {
  expect(made().latest).toBe(third);
});

test.each<[trueMs: number, from: readonly ClockState[]]>([
  [1099, [first, second, third]],
  [1100, [second, third]],
  [1199, [second, third]],
  [1300, [third]],
])('at %d ms a clock has the state of that moment and the later ones', (trueMs, from) => {
  expect(made().from(trueMs)).toEqual(from);
});

test('states that are over are forgotten when another is added', () => {
  const states = made();
  const fourth = skewed.jump(third, 2000, 5);
  states.add(fourth, 1500);
  expect(states.from(0)).toEqual([third, fourth]);
});
