import type { Fate, TraceEvent } from '@faultline/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draws } from '../../../test/helpers/draws.ts';
import { type FactFilter, factFilter, openRun, readFacts, readLatest } from '../src/index.ts';
import { madeRun, plans } from './helpers/made-run.ts';
import { info } from './helpers/run.ts';

async function all(
  dir: string,
  options: Parameters<typeof readFacts>[1] = {},
): Promise<TraceEvent[]> {
  const facts: TraceEvent[] = [];
  for await (const batch of readFacts(dir, options)) facts.push(...batch);
  return facts;
}

const windows = fc.constantFrom(0.2, 0.7, 2, 5, 20, 100);

const anyFilter: fc.Arbitrary<FactFilter> = fc.record(
  {
    src: fc.constantFrom('n1', 'c1', 'x1'),
    dest: fc.constantFrom('n1', 'n2', '?'),
    type: fc.constantFrom('read', '?'),
    fate: fc.constantFrom<Fate>('delivered', 'router down', 'overflow', 'waiting'),
    rule: fc.constantFrom('r1', 'r2'),
    message: fc.constantFrom('n1.1.3', 'n2.1.1/0', 'n3.2.1/1'),
    sinceMs: fc.nat(3000).map((ms) => info.epoch.trueMs + ms),
    untilMs: fc.nat(3000).map((ms) => info.epoch.trueMs + ms),
    facts: fc.boolean(),
  },
  { requiredKeys: [] },
);
/** Most filters have one condition or none: few messages match two. */
const filters = fc.oneof(
  fc.constantFrom<FactFilter[]>({}, { facts: true }, { fate: 'router down' }),
  fc.tuple(anyFilter, fc.nat(), fc.boolean()).map(([filter, which, facts]): FactFilter => {
    const [key, value] = Object.entries(filter).at(which % Object.keys(filter).length) ?? [];
    return key === undefined ? { facts } : { [key]: value, facts };
  }),
  anyFilter,
);

test('the latest facts equal those of reading everything', async () => {
  const limits = fc.integer({ min: 1, max: 12 });
  await fc.assert(
    fc.asyncProperty(plans, filters, limits, windows, async (plan, filter, limit, windowMs) => {
      using folder = madeRun(plan).folder;
      const { facts, fromMs } = await readLatest(folder.path, { filter, limit, windowMs });
      const from = filter.facts ? 'all' : 'router';
      const accepted = (await all(folder.path, { from })).filter(factFilter(filter));
      expect(facts).toEqual(accepted.slice(-limit));
      // A reader that follows the run begins there.
      const since = (await all(folder.path, { from, fromMs })).filter(factFilter(filter));
      expect(since.slice(-limit)).toEqual(accepted.slice(-limit));
    }),
    { numRuns: draws(80) },
  );
}, 60_000);

test('facts from a given time on are the last of all facts', async () => {
  await fc.assert(
    fc.asyncProperty(plans, fc.nat(3000), async (plan, afterMs) => {
      using folder = madeRun(plan).folder;
      const facts = await all(folder.path);
      const fromMs = info.epoch.trueMs + afterMs;
      const since = await all(folder.path, { fromMs });
      expect(since).toEqual(facts.slice(facts.length - since.length));
      expect(facts.slice(0, facts.length - since.length).every(({ atMs }) => atMs < fromMs)).toBe(
        true,
      );
    }),
    { numRuns: draws(100) },
  );
});

test('a window has at most the allowed facts, and not few if there are more', async () => {
  await fc.assert(
    fc.asyncProperty(plans, fc.integer({ min: 1, max: 300 }), async (plan, factsMax) => {
      using folder = madeRun({ ...plan, gone: [0, 0] }).folder;
      const whole = (await all(folder.path, { losesOf: () => false })).length;
      const { fromMs, facts } = await (await openRun(folder.path)).windowWithin(factsMax);
      const inWindow = await all(folder.path, { fromMs, losesOf: () => false });
      expect(facts).toBe(inWindow.length);
      expect(facts).toBeLessThanOrEqual(factsMax);
      if (whole <= factsMax) expect(facts).toBe(whole);
    }),
    { numRuns: draws(60) },
  );
});
