import { expect, test } from 'vitest';
import { LastWords } from '../../src/nodes/last-words.ts';

function gistOf(lines: readonly string[]): string | undefined {
  const words = new LastWords();
  for (const line of lines) words.add(line);
  return words.gist;
}

test.each<[string, string[], string | undefined]>([
  [
    'Python',
    ['Traceback (most recent call last):', '  File "node.py", line 1', "ImportError: no 'ws'"],
    "ImportError: no 'ws'",
  ],
  [
    'Node',
    ['node:internal:1', 'Error: no such port', '    at main (a.js:1:1)', '', 'Node.js v20.19.0'],
    'Error: no such port',
  ],
  ['Go', ['panic: nil map', '', 'goroutine 1 [running]:', 'main.main()'], 'panic: nil map'],
  [
    'Java',
    ['java.lang.IllegalStateException: closed', '\tat Main.main(Main.java:3)'],
    'java.lang.IllegalStateException: closed',
  ],
  ['a program that just says it', ['usage: node --port N', ''], 'usage: node --port N'],
  ['a program that says nothing', ['', '  '], undefined],
])('the most informative line of the last output of %s is kept', (_, lines, gist) => {
  expect(gistOf(lines)).toBe(gist);
});

test('a line without an end is cut', () => {
  expect(gistOf(['x'.repeat(10_000)])).toBe(`${'x'.repeat(200)}…`);
});
