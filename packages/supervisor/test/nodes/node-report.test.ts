import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readReport } from '../../src/nodes/node-report.ts';

test.each([
  { from: 'ready' },
  { from: 'pong', n: 0 },
  { from: 'fatal', message: 'Error: no', stack: 'Error: no\n    at a.ts:1:2' },
  { from: 'event', atMs: 12.5, name: 'elected', data: { term: 2 } },
  { from: 'role', atMs: 12.5, role: 'leader' },
  {
    from: 'time',
    n: 3,
    clockSinceMs: 1.5,
    exchanges: [{ t1Ms: 1, t2Ms: 2, t3Ms: 3, t4Ms: 4 }],
  },
  { from: 'diskFailure', atMs: 12.5, fault: 'full', file: 'log', write: 3, more: 0 },
  { from: 'heard', n: 3 },
  { from: 'clockLate', atMs: 12.5, lateMs: 40 },
  { from: 'role', atMs: 12.5, role: null },
  { from: 'fault', fault: 'hang', facts: { forMs: 2000 } },
  { from: 'fault', fault: 'leak', facts: { bytes: 1e6 } },
  { from: 'fault', fault: 'exhaust', facts: { count: 32, errno: 'EMFILE' } },
  { from: 'fault', fault: 'exhaust', facts: { count: 32, errno: null } },
  { from: 'crashing', facts: { message: 'n1.1.7', type: 'vote' } },
  { from: 'unsent', reason: 'overflow', count: 2, firstSeq: 7, lastSeq: 8 },
])('what a host says is taken as it is: %j', (report) => {
  expect(readReport(report)).toEqual(report);
});

test('texts are cut at a length', () => {
  const long = 'x'.repeat(100_000);
  const fatal = readReport({ from: 'fatal', message: long, stack: long });
  expect(JSON.stringify(fatal).length).toBeLessThan(25_000);
  const role = readReport({ from: 'role', atMs: 1, role: long });
  expect(JSON.stringify(role).length).toBeLessThan(1000);
});

test('whatever is told, a report has the fields that its kind promises, or is none', () => {
  const kind = fc.constantFrom(
    'ready',
    'pong',
    'fatal',
    'event',
    'clockLate',
    'role',
    'unsent',
    'other',
  );
  const told = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        from: kind,
        atMs: fc.jsonValue(),
        name: fc.jsonValue(),
        data: fc.jsonValue(),
        role: fc.jsonValue(),
        message: fc.jsonValue(),
        stack: fc.jsonValue(),
        count: fc.jsonValue(),
      },
      { requiredKeys: ['from'] },
    ),
  );
  fc.assert(
    fc.property(told, (value) => {
      const report = readReport(value);
      if (report === undefined) return;
      const { atMs, name, role, message } = report as unknown as Record<string, unknown>;
      if ('atMs' in report) expect(atMs).toSatisfy(Number.isFinite);
      if ('name' in report) expect(name).toBeTypeOf('string');
      if ('message' in report) expect(message).toBeTypeOf('string');
      if ('role' in report) expect(role === null || typeof role === 'string').toBe(true);
    }),
  );
});
