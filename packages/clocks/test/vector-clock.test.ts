import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VectorClock, type VectorTime, vector } from '../src/index.ts';
import { eachPair, executions, happenedBefore, obtain } from './helpers/execution.ts';

test('the snapshots of clocks compare exactly as happened-before, while nodes join', () => {
  fc.assert(
    fc.property(executions, (events) => {
      const clocks = new Map<string, VectorClock>();
      const stamps: VectorTime[] = [];
      for (const { node, sentAt } of events) {
        const clock = obtain(clocks, node, (id) => new VectorClock(id));
        if (sentAt === null) clock.tick();
        else clock.observe(JSON.parse(JSON.stringify(stamps[sentAt])));
        stamps.push(clock.snapshot());
      }
      const before = happenedBefore(events);
      eachPair(events, (a, b) => {
        const order = before(a, b) ? 'before' : before(b, a) ? 'after' : 'concurrent';
        expect(vector.compare(stamps[a]!, stamps[b]!)).toBe(order);
      });
    }),
  );
});

test('writing slots and learning entries carries the same stamp as a snapshot', () => {
  fc.assert(
    fc.property(executions, (events) => {
      const byObject = new Map<string, VectorClock>();
      const byEntry = new Map<string, VectorClock>();
      const objects: VectorTime[] = [];
      const entries: (readonly [string, number])[][] = [];
      for (const { node, sentAt } of events) {
        const one = obtain(byObject, node, (id) => new VectorClock(id));
        const other = obtain(byEntry, node, (id) => new VectorClock(id));
        if (sentAt === null) one.tick();
        else one.observe(objects[sentAt]!);
        if (sentAt !== null) for (const [id, count] of entries[sentAt]!) other.learn(id, count);
        other.tick();

        const written: (readonly [string, number])[] = [];
        for (let slot = 0; slot < other.size; slot++) {
          written.push([other.idAt(slot), other.countAt(slot)]);
        }
        objects.push(one.snapshot());
        entries.push(written);
        expect(other.snapshot()).toEqual(one.snapshot());
      }
    }),
  );
});

test('an id keeps its slot, and the own id has the first', () => {
  const clock = new VectorClock('n2');
  clock.observe({ n1: 3 });
  clock.observe({ n3: 1, n1: 7 });
  const slots = Array.from({ length: clock.size }, (_, slot) => [
    clock.idAt(slot),
    clock.countAt(slot),
  ]);
  expect(slots).toEqual([
    ['n2', 2],
    ['n1', 7],
    ['n3', 1],
  ]);
});

test('a snapshot does not change afterwards', () => {
  const clock = new VectorClock('n1');
  const snapshot = clock.snapshot();
  clock.tick();
  expect(snapshot).toEqual({ n1: 0 });
});

test('a clock resumes from what it knew', () => {
  const clock = new VectorClock('n1', { n1: 4, n2: 9 });
  expect(clock.tick()).toBe(5);
  expect(clock.count('n2')).toBe(9);
  expect(clock.count('n3')).toBe(0);
});

test('an older stamp lowers no count', () => {
  const clock = new VectorClock('n1', { n1: 4, n2: 9 });
  clock.observe({ n1: 1, n2: 2 });
  expect(clock.snapshot()).toEqual({ n1: 5, n2: 9 });
});

test('a node may be called __proto__', () => {
  const clock = new VectorClock('__proto__');
  clock.tick();
  clock.observe(JSON.parse('{"__proto__":7,"constructor":2}'));
  expect(JSON.stringify(clock.snapshot())).toBe('{"__proto__":8,"constructor":2}');
  expect(clock.count('toString')).toBe(0);
});

test('inherited entries of a stamp are not part of it', () => {
  const clock = new VectorClock('n1');
  clock.observe(Object.create({ n2: 5 }));
  expect(clock.count('n2')).toBe(0);
});

test.each([Number.NaN, -1, 0.5, 2 ** 53, Number.POSITIVE_INFINITY, '9' as unknown as number])(
  'a count of %s in a stamp says nothing, and the receipt still counts',
  (count) => {
    const clock = new VectorClock('n1');
    expect(clock.observe({ n1: count, n2: count })).toBe(1);
    expect(clock.count('n2')).toBe(0);
  },
);

test('an undone event is not counted', () => {
  const clock = new VectorClock('n1', { n1: 4, n2: 2 });
  clock.tick();
  clock.takeBack();
  expect(clock.snapshot()).toEqual({ n1: 4, n2: 2 });
});
