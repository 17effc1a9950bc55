import { nodeVerbs, type OptionsOf } from '@faultline/actions';
import { type ClockState, skewed } from '@faultline/clocks';
import { expect, test } from 'vitest';
import { stepsOf } from '../../src/clocks/clock-change.ts';
import { ClockJournal, type ClockStep } from '../../src/clocks/clock-journal.ts';

const epoch = { trueMs: 1000, wallMs: Date.UTC(2026, 0, 1) };
const perfect = skewed.perfect(epoch);

/** Changes of a clock, one second apart. */
function journalOf(...changes: OptionsOf<'clock'>[]): ClockJournal {
  const journal = new ClockJournal(perfect);
  for (const [i, change] of changes.entries()) {
    for (const { option, apply } of stepsOf(nodeVerbs.clock.read(change))) {
      const atMs = epoch.trueMs + (i + 1) * 1000;
      journal.add({ change: i, option, value: change[option], begins: true, atMs, apply });
    }
  }
  return journal;
}

const states = (journal: ClockJournal, times: readonly number[] = [5000, 9000]) =>
  times.map((ms) => skewed.offsetAt(journal.state(), epoch.trueMs + ms));

test.each<OptionsOf<'clock'>>([
  { jump: '+5s' },
  { drift: '200ppm' },
  { slew: { by: '100ms', rate: '1%' } },
  { freeze: true },
  { setError: '2ms' },
  { strobe: { delta: '200ms', period: '1s' } },
])('a clock that takes back %j is as if that change had never been made', (change) => {
  const journal = journalOf({ drift: '1000ppm' }, change, { jump: '+1h' });
  const [option] = Object.entries(change);
  expect(journal.remove(...option!)).toMatchObject({ change: 1 });
  expect(states(journal)).toEqual(
    states(journalOf({ drift: '1000ppm' }, { jump: '+0s' }, { jump: '+1h' })),
  );
  expect(journal.remove(...option!)).toBeUndefined();
});

test('of several changes by one option, the one with the given value is removed', () => {
  const journal = journalOf({ jump: '+5s' }, { jump: '+1s' });
  journal.remove('jump', '+5s');
  expect(states(journal)).toEqual([1000, 1000]);
  expect(journal.remove('jump', '+5s')).toBeUndefined();
  journal.remove('jump', true);
  expect(states(journal)).toEqual([0, 0]);
});

test('the steps of a weather count while it is in force, and again when the next weather is undone', () => {
  const journal = new ClockJournal(perfect);
  const step = (change: number, begins: boolean, ms: number, byMs: number): ClockStep => ({
    change,
    option: 'weather',
    value: `w${change}`,
    begins,
    atMs: epoch.trueMs + ms,
    apply: (state: ClockState, atMs) =>
      begins ? skewed.synchronise(state, atMs) : skewed.jump(state, atMs, byMs),
  });
  for (const made of [step(1, true, 10, 0), step(2, true, 20, 0), step(2, false, 40, 7)])
    journal.add(made);
  // It is due later, but added in advance.
  journal.add(step(1, false, 30, 5));
  expect(states(journal)).toEqual([7, 7]);
  journal.remove('weather', 'w2');
  expect(states(journal)).toEqual([5, 5]);
});

test('the journal keeps a bounded number of steps and drops corrections first', () => {
  const journal = new ClockJournal(perfect);
  const add = (change: number, begins: boolean) =>
    journal.add({
      change,
      option: 'jump',
      value: '1ms',
      begins,
      atMs: epoch.trueMs,
      apply: (state, atMs) => skewed.jump(state, atMs, 1),
    });
  for (let i = 0; i < 5; i++) add(0, false);
  for (let i = 1; i <= 1000; i++) expect(add(i, true)).toBeUndefined();
  expect(add(1001, true)).toMatchObject({ change: 1 });
  expect(states(journal)).toEqual([1001, 1001]);
  expect(journal.latest('jump', ({ change }) => change === 1)).toBeUndefined();
});
