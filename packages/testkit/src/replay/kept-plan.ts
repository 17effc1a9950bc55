/**
 * Puts the plan of a failed test beside its recording: `plan.json`, and the program where that is a
 * function of the test; and `test.json`, which says why there is no plan, if there is none. A run may be
 * kept as the process ends, so nothing here waits.
 */
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterEvent } from '@faultline/actions';
import { writeKeptTest } from '@faultline/experiment';
import type { PlannedCluster } from '@faultline/plans';
import { readyPrograms } from '@faultline/programs';
import { placedPrograms, placing } from '@faultline/supervisor';
import type { Deedlist, Deeds } from './deeds.ts';
import { type TestPlan, testPlan } from './test-plan.ts';

export interface Tested {
  readonly name: string;
  readonly seed: string;
  readonly cluster: Omit<PlannedCluster, 'program'>;
  /** As the cluster was started: a ready program, a file or a command. */
  readonly program: string | readonly string[];
  /** The program is a function of the test, and this the file that it was written to. */
  readonly isFunction: boolean;
  readonly cwd: string;
  readonly events: () => readonly ClusterEvent[];
  readonly deeds: Deeds;
}

const programFile = 'program.mjs';

/** `dir`: of the recording. `done`: what the plan is of. Writes no plan where none can stand for it. */
export function keepPlan(dir: string, tested: Tested, done: Deedlist = tested.deeds): TestPlan {
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
