import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readReport } from '../../src/nodes/node-report.ts';
import { recordReport } from '../../src/nodes/record-report.ts';
import { Recorder } from '../../src/state/recorder.ts';
import { Folder } from '../helpers/folder.ts';

const range = { fromMs: 0, toMs: 100 };

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
    answered: 2,
  },
  { from: 'diskFailure', atMs: 12.5, fault: 'full', file: 'log', write: 3, more: 0 },
  { from: 'ack', n: 3 },
  { from: 'clockLate', atMs: 12.5, lateMs: 40 },
  { from: 'role', atMs: 12.5, role: null },
  { from: 'fault', fault: 'hang', facts: { forMs: 2000 } },
  { from: 'fault', fault: 'leak', facts: { bytes: 1e6 } },
  { from: 'fault', fault: 'exhaust', facts: { count: 32, errno: 'EMFILE' } },
  { from: 'fault', fault: 'exhaust', facts: { count: 32, errno: null } },
  { from: 'crashing', facts: { message: 'n1.1.7', type: 'vote' } },
  { from: 'unsent', reason: 'overflow', count: 2, firstSeq: 7, lastSeq: 8 },
])('a valid report of a host is accepted unchanged: %j', (report) => {
  expect(readReport(report, range)).toEqual(report);
});

test('texts in a report are cut at the maximum length', () => {
  const long = 'x'.repeat(100_000);
  const fatal = readReport({ from: 'fatal', message: long, stack: long }, range);
  expect(JSON.stringify(fatal).length).toBeLessThan(25_000);
  const role = readReport({ from: 'role', atMs: 1, role: long }, range);
  expect(JSON.stringify(role).length).toBeLessThan(1000);
});

test('any accepted report has the fields that its kind promises', () => {
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
  const message = fc.oneof(
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
    fc.property(message, (value) => {
      const report = readReport(value, range);
      if (report === undefined) return;
      const { atMs, name, role, message } = report as unknown as Record<string, unknown>;
      if ('atMs' in report) expect(atMs).toSatisfy(Number.isFinite);
      if ('name' in report) expect(name).toBeTypeOf('string');
      if ('message' in report) expect(message).toBeTypeOf('string');
      if ('role' in report) expect(role === null || typeof role === 'string').toBe(true);
    }),
  );
});

test.each([
  ['far in the future', 1e300],
  ['far in the past', -1e300],
  ['before the process started', -5000],
])('rejects an event whose time is %s', (_, atMs) => {
  const event = { from: 'event', atMs, name: 'elected', data: {} };
  expect(readReport(event, range)).toBeUndefined();
});

/** Cannot be converted to a string: neither conversion to a primitive is a function. */
const stubborn = { toString: 1, valueOf: 1 };

test('any report of any kind can be recorded, and is recorded with a valid time', () => {
  using folder = new Folder();
  const epoch = { trueMs: 0, wallMs: Date.UTC(2026, 0, 31) };
  const recorder = new Recorder({ path: folder.at('events.jsonl'), epoch, trueNowMs: () => 50 });
  const value = fc.oneof(
    fc.jsonValue(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.nat(100),
    fc.string(),
    fc.constant(stubborn),
    fc.nat(20_000).map(nested),
    fc.array(fc.constant({ t1Ms: 1e300, t2Ms: 0, t3Ms: -1e300, t4Ms: 0 })),
  );
  const kinds = [
    ...['ready', 'pong', 'ack', 'fatal', 'event', 'clockLate', 'time', 'diskFailure'],
    ...['badSignature', 'role', 'traceStopped', 'traceDiscarded', 'fault', 'crashing', 'unsent'],
  ];
  const names = [
    ...['n', 'atMs', 'lateMs', 'name', 'data', 'role', 'message', 'stack', 'clockSinceMs'],
    ...['exchanges', 'fault', 'file', 'write', 'more', 'src', 'type', 'alsoUntold', 'code'],
    ...['reason', 'facts', 'count', 'firstSeq', 'lastSeq', 'files', 'bytes', 'fromMs'],
    ...['untilMs', 'answered'],
  ];
  const message = fc.record({
    from: fc.constantFrom(...kinds),
    ...Object.fromEntries(names.map((name) => [name, value])),
  });
  fc.assert(
    fc.property(message, (report) => {
      const read = readReport(report, range);
      switch (read?.from) {
        case 'badSignature':
        case 'event':
        case 'diskFailure':
        case 'clockLate':
        case 'traceStopped':
        case 'traceDiscarded':
        case 'unsent':
          recordReport(read, 1, (kind, facts, atMs) => recorder.record(kind, 'n1', facts, atMs));
      }
    }),
  );
  for (const event of recorder.since(0)) {
    expect(event.atMs).toSatisfy((atMs: number) => atMs >= 0 && atMs <= 100);
    expect(() => JSON.stringify(event)).not.toThrow();
  }
  recorder.close();
});

function nested(levels: number): object {
  let value: object = {};
  for (let level = 1; level < levels; level++) value = { inner: value };
  return value;
}
