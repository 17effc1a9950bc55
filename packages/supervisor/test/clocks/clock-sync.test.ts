import { skewed } from '@faultline/clocks';
import { expect, test } from 'vitest';
import { measureClock } from '../../src/clocks/clock-sync.ts';

const exchange = { t1Ms: 0, t2Ms: 5, t3Ms: 5, t4Ms: 2 };

interface Answers {
  readonly exchanges: readonly (typeof exchange)[];
  readonly answered: number;
  /** Whether they were measured with the node's current clock. */
  readonly isCurrent?: boolean;
}

/** A node that returns these answers, one per round. */
function measured(...rounds: readonly (Answers | undefined)[]): Promise<object> {
  const clock = skewed.perfect({ trueMs: 100, wallMs: 0 });
  let round = 0;
  return measureClock({
    id: 'n1',
    clock,
    requestTime: async () => {
      const answers = rounds[round++];
      if (answers === undefined) return undefined;
      const { exchanges, answered, isCurrent = true } = answers;
      return { exchanges, answered, clockSinceMs: clock.sinceTrueMs - (isCurrent ? 0 : 1) };
    },
  });
}

const spoiled: Answers = { exchanges: [exchange], answered: 8, isCurrent: false };

test('a clock that changed during one round is measured in the next', async () => {
  const good = { exchanges: [exchange], answered: 8 };
  const emptied = { exchanges: [], answered: 8 };
  expect(await measured(spoiled, good)).toMatchObject({ offsetMs: 4 });
  expect(await measured(emptied, spoiled, good)).toMatchObject({ offsetMs: 4 });
});

test('answers spoiled by a changing clock are not reported as missing', async () => {
  const error = await measured(spoiled, { exchanges: [], answered: 5 }, spoiled).catch((e) => e);
  expect(error).toMatchObject({
    code: 'CLOCK_CHANGED',
    message: expect.stringMatching(
      /^n1 got 21 answers from the time server, but its clock changed /,
    ),
    facts: { node: 'n1', answered: 21 },
  });
});

test.each([
  ['the node does not reply', undefined],
  ['the time server does not reply', { exchanges: [], answered: 0 }],
])('a synchronization fails with CALL_UNKNOWN if %s', async (_, answers) => {
  await expect(measured(answers)).rejects.toMatchObject({ code: 'CALL_UNKNOWN' });
});
