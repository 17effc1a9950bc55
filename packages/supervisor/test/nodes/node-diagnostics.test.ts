import { expect, test } from 'vitest';
import { NodeDiagnostics } from '../../src/nodes/node-diagnostics.ts';

const bundle = '/home/me/cache/program.mjs';

test('the line that called process.exit is reported, and its trace kept out of the log', () => {
  const diagnostics = new NodeDiagnostics(() => true);
  const printed = [
    'my own words',
    '(node:47) WARNING: Exited the environment with code 3',
    '    at exit (node:internal/process/per_thread:189:13)',
    '    at leave (file:///home/me/src/mine.ts:14:11)',
    '    at listOnTimeout (node:internal/timers:581:17)',
    '',
  ];
  expect(['', ...printed].filter(diagnostics.keep)).toEqual(['', 'my own words']);
  expect(diagnostics.exitReason(bundle)).toBe('called process.exit(3) at /home/me/src/mine.ts:14');
});

test('a full heap is reported as such, and stays in the log', () => {
  const diagnostics = new NodeDiagnostics(() => true);
  const line = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory';
  expect(diagnostics.keep(line)).toBe(true);
  expect(diagnostics.exitReason(bundle)).toMatch(/^ran out of memory/);
});

test('the address of the inspector is reported, and its other output kept out of the log', () => {
  const urls: string[] = [];
  const diagnostics = new NodeDiagnostics((url) => urls.push(url) > 0);
  const chatter = [
    'Debugger listening on ws://127.0.0.1:45971/508f0786-6438-410a-8d6e-70cbe87c7c14',
    'For help, see: https://nodejs.org/en/docs/inspector',
    'Debugger attached.',
    'Debugger ending on ws://127.0.0.1:45971/508f0786-6438-410a-8d6e-70cbe87c7c14',
  ];
  expect(chatter.filter(diagnostics.keep)).toEqual([]);
  expect(urls).toEqual(['ws://127.0.0.1:45971/508f0786-6438-410a-8d6e-70cbe87c7c14']);
});

test('the address of an inspector that a developer opened stays in the log', () => {
  const diagnostics = new NodeDiagnostics(() => false);
  const address = 'Debugger listening on ws://127.0.0.1:45971/508f0786-6438-410a-8d6e-70cbe87c7c14';
  expect([address, 'Debugger attached.'].filter(diagnostics.keep)).toEqual([address]);
});

test('output without such lines yields no diagnostics', () => {
  const diagnostics = new NodeDiagnostics(() => true);
  expect(diagnostics.keep('    at home (street:12:3)')).toBe(true);
  expect(diagnostics.exitReason(bundle)).toBeUndefined();
});
