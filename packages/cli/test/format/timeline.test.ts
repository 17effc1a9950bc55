import type { ClusterEvent } from '@faultline/actions';
import type { HistoryEntry } from '@faultline/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draws } from '../../../../test/helpers/draws.ts';
import { timeline, timelineLine } from '../../src/format/timeline.ts';

const event = (seq: number, atMs: number, kind: string, node: string | null, facts = {}) =>
  ({ seq, atMs, time: '', kind, node, facts }) as ClusterEvent;
const entry = (index: number, atMs: number, more: Partial<HistoryEntry>): HistoryEntry => ({
  ...{ index, atMs, type: 'invoke', process: 'c1', f: 'write', value: {}, node: 'n1' },
  message: 'c1.1.3',
  ...more,
});

const events = [
  event(1, 0, 'cluster.up', null, {}),
  event(2, 100, 'node.killed', 'n2', { by: 'kill' }),
  event(3, 400, 'node.ready', 'n2', { incarnation: 2, afterMs: 300 }),
];
const history = [
  entry(0, 50, { value: { key: 'x', value: 1 } }),
  entry(1, 55.1234, { type: 'ok' }),
  entry(2, 120, { f: 'read', value: { key: 'x' }, message: 'c1.1.4' }),
  entry(3, 130, { process: 'c2', f: 'read', message: null }),
  entry(4, 130, {
    ...{ process: 'c2', f: 'read', type: 'fail', message: null },
    error: { code: 'ROUTER_DOWN', text: 'the router is down' },
  }),
];

test('lists events, faults and operations in order of time, operations with their result and id', () => {
  const lines = timeline(events, history).entries.map((each) => timelineLine(each).trim());
  expect(lines.map((line) => line.split(/\s{2,}/)[0])).toEqual([
    '+0.000s',
    '+0.050s',
    '+0.100s',
    '+0.100s',
    '+0.120s',
    '+0.130s',
    '+0.400s',
    '+0.400s',
  ]);
  const text = lines.join('\n');
  expect(text).toContain('c1      write key="x" value=1 at n1: ok after 5.12ms  (c1.1.3)');
  expect(text).toContain('fault   begins: n2 killed');
  expect(text).toContain('fault   over after 300ms: n2 killed');
  expect(text).toContain('no answer by the end of the recording  (c1.1.4)');
  expect(text).toMatch(/c2 +read at n1: failed after 0ms: the router is down$/m);
});

test('limits a timeline to a part of the run', () => {
  const { entries, cutMs } = timeline(events, history, { from: '110ms', to: '125ms' });
  expect(cutMs).toBe(null);
  expect(entries.map(({ message }) => message)).toEqual(['c1.1.4']);
});

test('a timeline that does not fit into memory is the latest part of the whole, and says where it was cut', () => {
  let cuts = 0;
  const times = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 60 });
  const bound = fc.integer({ min: 0, max: 50 });
  fc.assert(
    fc.property(times, fc.integer({ min: 1, max: 4000 }), bound, bound, (each, charsMax, a, b) => {
      const sorted = [...each].sort((a, b) => a - b);
      const calls = sorted.flatMap((atMs, i) => {
        const message = `c1.1.${i}`;
        const end = entry(2 * i + 1, atMs + (i % 7), { type: 'ok', message });
        return [entry(2 * i, atMs, { message }), ...(i % 5 === 0 ? [] : [end])];
      });
      const kinds = ['node.killed', 'node.ready'];
      const events = sorted.map((atMs, i) => event(i, atMs, kinds[i % 2]!, 'n2', { by: 'kill' }));
      const range = { from: `${Math.min(a, b)}ms`, to: `${Math.max(a, b)}ms` };
      const whole = timeline(events, calls, range);
      const part = timeline(events, calls, { ...range, charsMax });
      const { cutMs } = part;
      const wanted = whole.entries.filter(
        ({ atMs, what }) => what !== 'fault' && (cutMs === null || atMs > cutMs),
      );
      // A fault is known from an event, which may have been omitted.
      expect(part.entries.filter(({ what }) => what !== 'fault')).toEqual(wanted);
      if (cutMs === null) return;
      cuts++;
      expect(cutMs).toBeGreaterThanOrEqual(Math.min(a, b));
      const chars = part.entries.reduce((sum, { text }) => sum + text.length, 0);
      expect(chars).toBeLessThanOrEqual(charsMax);
    }),
    { numRuns: draws(400) },
  );
  expect(cuts).toBeGreaterThan(0);
});
