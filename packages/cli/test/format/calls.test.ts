import type { Operation } from '@faultline/history';
import { expect, test } from 'vitest';
import { callsByType, formatCalls } from '../../src/format/calls.ts';

const call = (f: string, ms: number | null, type: Operation['type'] = 'ok'): Operation => ({
  ...{ index: 0, process: 'c1', f, type, input: null, output: null },
  ...{ invokedMs: 100, endedMs: ms === null ? null : 100 + ms },
});

test('counts calls by type and outcome, with quantiles of those that were answered ok', () => {
  // 1 ms, 2 ms, … 2000 ms: a quantile is a share of them.
  const writes = Array.from({ length: 2000 }, (_, i) => call('write', i + 1)).reverse();
  const calls = callsByType([
    ...writes,
    ...[call('read', 0.0043999), call('read', 9999, 'fail'), call('read', null, 'info')],
    call('cas', 1, 'fail'),
  ]);
  const latencyMs = { p50: 1000, p90: 1800, p99: 1980, 'p99.9': 1998, max: 2000 };
  expect(calls[0]).toEqual({ type: 'write', ok: 2000, failed: 0, unknown: 0, latencyMs });
  expect(calls[2]).toEqual({ type: 'cas', ok: 0, failed: 1, unknown: 0, latencyMs: null });
  expect(formatCalls(calls).split('\n')).toEqual([
    expect.stringMatching(/^CALL +OK +FAILED +UNKNOWN +p50 +p90 +p99 +p99.9 +max$/),
    expect.stringMatching(/^write +2000 +0 +0 +1s +1.8s +1.98s +1.998s +2s$/),
    expect.stringMatching(/^read +1 +1 +1 +4µs +4µs +4µs +4µs +4µs$/),
    expect.stringMatching(/^cas +0 +1 +0 +- +- +- +- +-$/),
    expect.stringMatching(/^all +2001 +2 +1 +1s /),
  ]);
});

test('shows no sum for a single type, and says that there are no calls', () => {
  expect(callsByType([call('read', 1)])).toHaveLength(1);
  expect(formatCalls(callsByType([]))).toBe('no client calls');
});
