import { expect, test } from 'vitest';
import { selectedHistory } from '../../src/index.ts';
import { Story } from '../helpers/story.ts';

test('a selection of messages selects the operations whose requests they are', () => {
  const story = new Story();
  const base = { type: 'invoke', process: 'c1', f: 'write', node: 'n1', value: {} } as const;
  story.history.push(
    { ...base, index: 0, atMs: 1, message: 'c1.1.1' },
    { ...base, index: 1, atMs: 2, message: null },
  );
  const run = story.run();
  const indexes = (type?: string) => [...selectedHistory(run, { type })].map(({ index }) => index);
  expect(indexes()).toEqual([0, 1]);
  expect(indexes('read')).toEqual([]);
});
