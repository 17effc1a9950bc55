import { expect, test } from 'vitest';
import { ownPlace, placesIn } from '../../src/programs/source-place.ts';

const host = `${process.cwd()}/packages/node/src/host/host.ts`;
const library = '/home/me/node_modules/left-pad/index.js';

test('the frames of a stack are listed in order, and none inside Node', () => {
  const stack = `RangeError: no
    at take (src/store.ts:12:5)
    at async Object.put (file:///home/me/my%20shop/main.ts:7:3)
    at new Shop (/home/me/shop (old)/shop.ts:3:1)
    at src/loose.ts:4:9
    at Array.map (<anonymous>)
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)`;
  expect(placesIn(stack)).toEqual([
    { file: 'src/store.ts', line: 12, column: 5 },
    { file: '/home/me/my shop/main.ts', line: 7, column: 3 },
    { file: '/home/me/shop (old)/shop.ts', line: 3, column: 1 },
    { file: 'src/loose.ts', line: 4, column: 9 },
  ]);
});

test('text that only resembles a frame does no harm', () => {
  expect(placesIn('Error: \n    at file://elsewhere/a.ts:1:2\n    at (:::)\n    at x (')).toEqual(
    [],
  );
});

test("the reported location is in the user's code, never the host's, and a library's only if there is no other", () => {
  const own = { file: 'src/mine.ts', line: 3 };
  expect(ownPlace([{ file: host, line: 1 }, { file: library, line: 2 }, own])).toBe(
    'src/mine.ts:3',
  );
  expect(
    ownPlace([
      { file: host, line: 1 },
      { file: library, line: 2 },
    ]),
  ).toBe(`${library}:2`);
  expect(ownPlace([{ file: host, line: 1 }])).toBeUndefined();
});
