import { expect, test } from 'vitest';
import { StderrTail } from '../../src/nodes/stderr-tail.ts';

function mainLineOf(lines: readonly string[]): string | undefined {
  const tail = new StderrTail();
  for (const line of lines) tail.add(line);
  return tail.mainLine;
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
  ['a program that prints a plain message', ['usage: node --port N', ''], 'usage: node --port N'],
  ['a program without output', ['', '  '], undefined],
])('the most informative line of the last output of %s is kept', (_, lines, mainLine) => {
  expect(mainLineOf(lines)).toBe(mainLine);
});

test('a line without an end is cut', () => {
  expect(mainLineOf(['x'.repeat(10_000)])).toBe(`${'x'.repeat(200)}…`);
});
