import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildRun, exportFormats, type Run, type Selection } from '../../src/index.ts';
import { executions, info } from '../helpers/execution.ts';
import { Story } from '../helpers/story.ts';

interface Event {
  readonly ph: string;
  readonly name: string;
  readonly cat?: string;
  readonly id?: number | string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly args?: Readonly<Record<string, unknown>>;
}

/**
 * Reads the file as Perfetto does, and holds it to what makes Perfetto drop or misplace events: slices of
 * a track that overlap, arrows without a slice at both ends, async events without their other half.
 */
function load(run: Run, selection?: Selection): Event[] {
  const text = [...exportFormats.perfetto(run, selection)].join('');
  const { traceEvents } = JSON.parse(text) as { traceEvents: Event[] };
  const tracks = new Map<string, Event[]>();
  const halves = new Map<string, string>();
  for (const event of traceEvents) {
    expect(Number.isFinite(event.ts)).toBe(true);
    const { ph, pid, tid, cat, id } = event;
    if (ph === 'X') {
      expect(event.dur).toBeGreaterThanOrEqual(0);
      const track = `${pid}/${tid}`;
      tracks.set(track, [...(tracks.get(track) ?? []), event]);
    }
    if ('sfbe'.includes(ph)) {
      const key = 'sf'.includes(ph) ? `${cat}/${id}` : `${cat}/${id}/${pid}`;
      halves.set(key, (halves.get(key) ?? '') + ph);
    }
  }
  for (const slices of tracks.values()) {
    slices.sort((a, b) => a.ts - b.ts);
    slices.reduce((before, slice) => {
      expect(before.ts + before.dur!).toBeLessThanOrEqual(slice.ts + 1e-6);
      return slice;
    });
  }
  for (const half of halves.values()) expect(['sf', 'fs', 'be']).toContain(half);
  for (const { ph, pid, tid, ts } of traceEvents) {
    if (ph !== 's' && ph !== 'f') continue;
    const slices = tracks.get(`${pid}/${tid}`) ?? [];
    expect(slices.some((slice) => slice.ts <= ts && ts <= slice.ts + slice.dur!)).toBe(true);
  }
  return traceEvents;
}

test('every run exports without overlapping slices, half arrows or unended spans', () => {
  fc.assert(
    fc.property(executions, ({ facts }) => {
      const run = buildRun({ run: info, facts, events: [], history: [] });
      const arrows = load(run).filter(({ ph }) => ph === 's').length;
      const received = run.steps.kind.rows.slice(0, run.stepCount).filter((kind) => kind === 1);
      expect(arrows).toBe(received.length);
    }),
  );
});

test('a part of a run exports without such flaws', () => {
  fc.assert(
    fc.property(executions, fc.nat({ max: 60 }), ({ facts }, fromMs) => {
      load(buildRun({ run: info, facts, events: [], history: [] }), { fromMs, toMs: fromMs + 20 });
    }),
  );
});

test('duplicates have an arrow each, and a lost copy is shown at its sender', () => {
  const story = new Story();
  story.rule({ kind: 'duplicate', links: 'n1>n2', settings: { probability: 1 } });
  story.rule({ kind: 'loss', links: 'n2>n1', settings: { probability: 1 } });
  story.send('n1', 'n2', 'note');
  story.send('n2', 'n1', 'note');
  const events = load(story.run());
  expect(events.filter(({ ph }) => ph === 's')).toHaveLength(2);
  const processes = new Map(
    events.filter(({ name }) => name === 'process_name').map(({ pid, args }) => [pid, args!.name]),
  );
  const [lost] = events.filter(({ cat }) => cat === 'fate');
  expect(lost).toMatchObject({ ph: 'i', name: 'lost: note to n1', args: { rules: 'r2' } });
  expect(processes.get(lost!.pid)).toBe('n2');
});

test('rules in force, pauses, handlers and clock changes have their own tracks', () => {
  const story = new Story();
  const id = story.rule({ kind: 'delay', links: 'n1>n2', settings: { delay: '5ms' } });
  const message = story.send('n1', 'n2', 'note');
  story.handled('n2', message, 'nothing');
  story.event('node.paused', 'n2');
  story.nowMs += 100;
  story.event('node.resumed', 'n2');
  story.event('clock.changed', 'n2', { describes: '+1h' });
  story.unlink(id);
  const events = load(story.run());
  expect(events.find(({ cat }) => cat === 'state')).toMatchObject({ name: 'paused', dur: 100_000 });
  expect(events.find(({ cat }) => cat === 'clock')).toMatchObject({ name: 'clock: +1h' });
  const lengthOf = (cat: string): number => {
    const [begin, end] = events.filter((event) => event.cat === cat);
    return (end!.ts - begin!.ts) / 1000;
  };
  expect(lengthOf('rule')).toBeCloseTo(107.75);
  expect(lengthOf('handler')).toBeCloseTo(1);
});
