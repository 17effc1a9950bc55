import { expect, test } from 'vitest';
import { ClusterMark, type MarkId, tracesOf } from '../../src/processes/mark.ts';

test('the mark of each start contains that of its cluster, and no two starts share one', () => {
  const mark = new ClusterMark();
  const { environment, limit } = mark.traces;
  const starts = Array.from({ length: 12 }, () => mark.forStart());
  const texts = starts.map((start) => start.environment.FAULTLINE_RUN!);
  expect(texts.filter((text) => text.includes(environment))).toEqual(texts);
  expect(new Set(texts).size).toBe(12);
  // No text is a prefix of another: a sweep of start 1 would end start 11 too.
  expect(texts.filter((text) => texts[0] !== text && text.startsWith(texts[0]!))).toEqual([]);
  const { number } = mark.id;
  expect(`Max realtime timeout      ${number}00000012   unlimited   us`).toMatch(new RegExp(limit));
  expect(`Max realtime timeout      1${number}00000012   unlimited   us`).not.toMatch(
    new RegExp(limit),
  );
});

const { text, number } = new ClusterMark().id;

test.each<[string, Partial<MarkId> | undefined]>([
  ['nothing', undefined],
  ['no text', { number }],
  ['an empty text', { text: '', number }],
  ['an empty number', { text, number: '' }],
  ['several lines', { text: `${text}\n`, number }],
  ['a pattern', { text, number: '.*' }],
])('%s is rejected as a mark, so that no process is killed by it', (_, mark) => {
  expect(tracesOf(mark)).toBe(undefined);
});
