import { expect, test } from 'vitest';
import { nearest } from '../../src/diagram/hit.ts';
import { layOut } from '../../src/diagram/lanes.ts';
import { ringOf, sidesOf } from '../../src/diagram/ring.ts';
import { inMemberOrder } from '../../src/model/members.ts';

const names = ['n1', 'n2', 'n3', 'n4'];
/** n1 at the top, n2 at the right, n3 below, n4 at the left. */
const points = ringOf(4, { x: 0, y: 0 }, 100);

test.each([
  ['a level line', { x: -200, y: -50 }, { x: 200, y: -50 }, [['n2', 'n3', 'n4'], ['n1']]],
  ['an upright line', { x: 50, y: -200 }, { x: 50, y: 200 }, [['n1', 'n3', 'n4'], ['n2']]],
  [
    'a slope',
    { x: -200, y: -150 },
    { x: 150, y: 200 },
    [
      ['n3', 'n4'],
      ['n1', 'n2'],
    ],
  ],
])('%s separates the nodes on its sides', (_, a, b, sides) => {
  expect(sidesOf(names, points, a, b)).toEqual(sides);
});

test('a line beside the ring separates nothing', () => {
  expect(sidesOf(names, points, { x: -200, y: -150 }, { x: 200, y: -150 })).toBeUndefined();
});

test('the line nearest to the pointer is hit, and none that is too far', () => {
  const lines = [
    { x0: 0, y0: 0, x1: 0, y1: 100 },
    { x0: 10, y0: 0, x1: 10, y1: 100 },
  ];
  const at = (x: number, y: number) => nearest(2, (index) => lines[index], x, y, 5);
  expect([at(3, 50), at(8, 50), at(40, 50), at(10, 104), at(10, 106)]).toEqual([0, 1, -1, 1, -1]);
});

test('nodes come first, then clients, by number, then others by name', () => {
  const mixed = ['time', 'c10', 'n10', 'c2', 'n2', 'router'];
  expect(mixed.sort(inMemberOrder)).toEqual(['n2', 'n10', 'c2', 'c10', 'router', 'time']);
});

test('lanes share the room, and are found by the number of their word', () => {
  const { yOf, lanes, height } = layOut(['n1', 'n2'], ['read', 'n2', 'n1'], 20, 200);
  expect(lanes).toEqual([
    { name: 'n1', y: 70 },
    { name: 'n2', y: 170 },
  ]);
  expect([yOf.get(0), yOf.get(1), yOf.get(2), height]).toEqual([undefined, 170, 70, 220]);
});
