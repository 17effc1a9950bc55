import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Due, DueQueue } from '../src/host/due-queue.ts';

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ add: fc.integer({ min: 0, max: 20 }) }) },
  { weight: 2, arbitrary: fc.record({ remove: fc.nat() }) },
  { weight: 1, arbitrary: fc.constant('take the first' as const) },
);

test('the first item is always the earliest, and the first inserted of those due together', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100, size: 'max' }), (steps) => {
      const queue = new DueQueue<Due>();
      let model: Due[] = [];
      let order = 0;
      const remove = (item: Due): void => {
        queue.remove(item);
        expect(item.place).toBe(-1);
        model = model.filter((each) => each !== item);
      };
      for (const each of steps) {
        if (each === 'take the first') {
          if (queue.first !== undefined) remove(queue.first);
        } else if ('add' in each) {
          const item = { dueMs: each.add, order: order++, place: -1 };
          queue.add(item);
          model.push(item);
        } else if (model.length > 0) remove(model[each.remove % model.length]!);
        const [first] = [...model].sort((a, b) => a.dueMs - b.dueMs || a.order - b.order);
        expect(queue.first).toBe(first);
        // Places are those of a heap without a hole.
        expect(model.map(({ place }) => place).sort((a, b) => a - b)).toEqual([...model.keys()]);
      }
      const byTime = [...model].sort((a, b) => a.dueMs - b.dueMs || a.order - b.order);
      for (const item of byTime) {
        expect(queue.first).toBe(item);
        queue.remove(item);
      }
      expect(queue.first).toBeUndefined();
    }),
  );
});

test('removing an item that is not in the queue has no effect', () => {
  const queue = new DueQueue<Due>();
  const item = { dueMs: 1, order: 0, place: -1 };
  queue.remove(item);
  queue.add(item);
  queue.remove(item);
  queue.remove(item);
  expect(queue.first).toBeUndefined();
});
