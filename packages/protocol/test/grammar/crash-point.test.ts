import { expect, test } from 'vitest';
import { formatCrashPoint, parseCrashPoint } from '../../src/grammar/index.ts';
import { expectRefusal } from './helpers.ts';

test.each([
  ['sends append_entries', { at: 'sends', type: 'append_entries' }],
  [' receives  vote* ', { at: 'receives', type: 'vote*' }],
  ['before sync', { at: 'before sync', file: null }],
  ['after sync log.1', { at: 'after sync', file: 'log.1' }],
] as const)('%j is read, and written as it is usually typed', (text, point) => {
  expect(parseCrashPoint(text)).toEqual(point);
  expect(parseCrashPoint(formatCrashPoint(point))).toEqual(point);
  expect(formatCrashPoint(point)).toBe(text.trim().replaceAll(/ +/g, ' '));
});

const form = "a point: 'sends TYPE', 'receives TYPE', 'before sync' or 'after sync'";
test.each([
  ['', `expected ${form} but the text is empty`],
  ['send x', `expected ${form} at character 1 of "send x"`],
  ['sends', 'expected the type of a message after sends at the end of "sends"'],
  ['sends a b', 'expected the end after a at character 9 of "sends a b"'],
  [
    'sends a*b',
    'expected a star at the end of a type only after sends at character 1 of "sends a*b"',
  ],
  ['before write', 'expected sync after before at the end of "before write"'],
])('%j is refused', (text, message) => {
  expectRefusal(() => parseCrashPoint(text), 'BAD_REQUEST', message);
});
