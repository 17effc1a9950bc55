import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draws } from '../../../test/helpers/draws.ts';
import { Scheduler } from '../src/scheduler.ts';

const now = (): number => performance.now();

test('items come out by due time, equal ones in insertion order, and none early', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 60 }),
      async (delays) => {
        const startMs = now();
        const items = delays.map((delayMs, index) => ({ dueMs: startMs + delayMs, index }));
        const out: typeof items = [];
        await new Promise<void>((resolve) => {
          const scheduler = new Scheduler<(typeof items)[number]>(
            now,
            (item, nowMs) => {
              expect(nowMs).toBeGreaterThanOrEqual(item.dueMs);
              out.push(item);
            },
            () => {
              if (out.length === items.length) resolve();
            },
          );
          for (const item of items) scheduler.add(item);
        });
        expect(out).toEqual([...items].sort((a, b) => a.dueMs - b.dueMs || a.index - b.index));
      },
    ),
    { numRuns: draws(40) },
  );
});

test('an item that is due before all others comes out first', async () => {
  const out: string[] = [];
  await new Promise<void>((resolve) => {
    const scheduler = new Scheduler<{ dueMs: number; name: string }>(
      now,
      ({ name }) => {
        out.push(name);
        if (out.length === 2) resolve();
      },
      () => {},
    );
    scheduler.add({ dueMs: now() + 60, name: 'late' });
    setTimeout(() => scheduler.add({ dueMs: now() + 5, name: 'soon' }), 5);
  });
  expect(out).toEqual(['soon', 'late']);
});

test('after stop nothing comes out', async () => {
  const out: unknown[] = [];
  const scheduler = new Scheduler(
    now,
    (item) => out.push(item),
    () => {},
  );
  scheduler.add({ dueMs: now() + 5 });
  scheduler.add({ dueMs: now() + 1 });
  scheduler.stop();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(out).toEqual([]);
});
