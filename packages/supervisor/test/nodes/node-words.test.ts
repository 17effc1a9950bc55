import { expect, test } from 'vitest';
import { NodeWords } from '../../src/nodes/node-words.ts';

const bundle = '/home/me/cache/program.mjs';

test('the line that called process.exit is reported, and its trace kept out of the log', () => {
  const words = new NodeWords(() => true);
  const printed = [
    'my own words',
    '(node:47) WARNING: Exited the environment with code 3',
    '    at exit (node:internal/process/per_thread:189:13)',
    '    at leave (file:///home/me/src/mine.ts:14:11)',
    '    at listOnTimeout (node:internal/timers:581:17)',
    '',
  ];
  expect(['', ...printed].filter(words.keep)).toEqual(['', 'my own words']);
  expect(words.ending(bundle)).toBe('called process.exit(3) at /home/me/src/mine.ts:14');
});

test('a full heap is reported as such, and stays in the log', () => {
  const words = new NodeWords(() => true);
  const line = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory';
  expect(words.keep(line)).toBe(true);
  expect(words.ending(bundle)).toMatch(/^ran out of memory/);
});

test('the address of the inspector is reported, and its other output kept out of the log', () => {
  const urls: string[] = [];
  const words = new NodeWords((url) => urls.push(url) > 0);
  const chatter = [
    'Debugger listening on ws://127.0.0.1:45971/508f0786-6438-410a-8d6e-70cbe87c7c14',
    'For help, see: https://nodejs.org/en/docs/inspector',
    'Debugger attached.',
    'Debugger ending on ws://127.0.0.1:45971/508f0786-6438-410a-8d6e-70cbe87c7c14',
  ];
  expect(chatter.filter(words.keep)).toEqual([]);
  expect(urls).toEqual(['ws://127.0.0.1:45971/508f0786-6438-410a-8d6e-70cbe87c7c14']);
});

test('the address of an inspector that a developer opened stays in the log', () => {
  const words = new NodeWords(() => false);
  const address = 'Debugger listening on ws://127.0.0.1:45971/508f0786-6438-410a-8d6e-70cbe87c7c14';
  expect([address, 'Debugger attached.'].filter(words.keep)).toEqual([address]);
});

test('output without such lines yields no diagnostics', () => {
  const words = new NodeWords(() => true);
  expect(words.keep('    at home (street:12:3)')).toBe(true);
  expect(words.ending(bundle)).toBeUndefined();
});
