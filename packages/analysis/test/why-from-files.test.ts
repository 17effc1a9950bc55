import { FaultlineError } from '@faultline/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { draws } from '../../../test/helpers/draws.ts';
import { openRun, readRun } from '../../recording/src/index.ts';
import { madeRun, plans } from '../../recording/test/helpers/made-run.ts';
import {
  buildRun,
  type Explanation,
  explainFromFiles,
  explainMessage,
  explanationInWords,
  type Run,
} from '../src/index.ts';

interface Said {
  readonly lines: readonly string[];
  readonly data: unknown;
}

/** Numbers of steps are those of the run that they belong to. */
const withoutSteps = (explanation: Explanation): unknown =>
  JSON.parse(JSON.stringify(explanation, (key, value) => (key === 'step' ? undefined : value)));

async function saidOf(ask: () => Promise<{ run: Run; explanation: Explanation }>): Promise<Said> {
  try {
    const { run, explanation } = await ask();
    return { lines: explanationInWords(run, explanation), data: withoutSteps(explanation) };
  } catch (error) {
    if (!(error instanceof FaultlineError)) throw error;
    return { lines: [error.message], data: error.facts };
  }
}

test('an explanation from files equals the one from the whole run', async () => {
  const whichs = fc.array(fc.nat(500), { minLength: 3, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(plans, whichs, async (plan, whichs) => {
      const { folder, ids } = madeRun(plan);
      using _ = folder;
      const whole = buildRun(await readRun(folder.path));
      const files = await openRun(folder.path);
      const asked = whichs.map((which) => ids[which % (ids.length + 1)] ?? 'n9.1.1');
      for (const id of new Set([...asked, 'n1.1.99999', 'nonsense'])) {
        const expected = await saidOf(async () => ({
          run: whole,
          explanation: explainMessage(whole, id),
        }));
        expect(await saidOf(() => explainFromFiles(files, id))).toEqual(expected);
      }
    }),
    { numRuns: draws(40) },
  );
}, 60_000);
