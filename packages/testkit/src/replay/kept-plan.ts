/**
 * Writes the plan of a failed test next to its recording: `plan.json`, the program if it is a function of
 * the test, and `test.json`, which states the reason if there is no plan. A run may be kept while the
 * process exits, so everything here is synchronous.
 */
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterEvent } from '@faultline/actions';
import { writeKeptTest } from '@faultline/experiment';
import type { PlannedCluster } from '@faultline/plans';
import { readyPrograms } from '@faultline/programs';
import { placedPrograms, placing } from '@faultline/supervisor';
import type { ActionRecorder, RecordedActions } from './action-recorder.ts';
import { type TestPlan, testPlan } from './test-plan.ts';

export interface Tested {
  readonly name: string;
  readonly seed: string;
  readonly cluster: Omit<PlannedCluster, 'program'>;
  /** The program that the cluster was started with: a ready program, a file or a command. */
  readonly program: string | readonly string[];
  /** `program` is a file that the kit wrote from a function of the test. */
  readonly isFunction: boolean;
  readonly cwd: string;
  readonly events: () => readonly ClusterEvent[];
  readonly recorder: ActionRecorder;
}

const programFile = 'program.mjs';

/** `dir`: the recording's. `done`: what the plan contains. Writes no plan if none can reproduce the test. */
export function keepPlan(
  dir: string,
  tested: Tested,
  done: RecordedActions = tested.recorder,
): TestPlan {
  const { name, seed, cluster, program, isFunction, cwd, events } = tested;
  const place = placing(program, readyPrograms, cwd);
  const { programs } = cluster;
  const placed = typeof program === 'string' ? place(program) : program.map(place);
  const made = testPlan(done, {
    name,
    seed,
    cluster: {
      ...cluster,
      program: isFunction ? `./${programFile}` : placed,
      ...(programs && { programs: placedPrograms(programs, readyPrograms, cwd) }),
    },
    events: events(),
    place,
  });
  writeKeptTest(dir, {
    unreplayable: 'why' in made ? made.why : null,
    judgedLoad: made.judgedLoad,
  });
  if ('why' in made) return made;
  if (isFunction) copyFileSync(program as string, join(dir, programFile));
  const text = `${JSON.stringify(made.plan, null, 2)}\n`;
  writeFileSync(join(dir, 'plan.json'), text, { mode: 0o600 });
  return made;
}
