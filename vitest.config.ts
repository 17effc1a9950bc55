import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The name of a file says how it runs. Projects run one after another, in the order of their names'
 * groups below.
 *
 *   packages: *.test.ts    unit: starts no process
 *   *.e2e.test.ts          e2e: starts processes, and so does every test under test/
 *   *.alone.test.ts        alone: measures its share of the CPU, or takes all of it
 *
 * `*.long.test.ts` takes minutes and begins before all others of its project: begun late, it would run on
 * when they have ended, with nothing beside it.
 */
const isAlone = '**/*.alone.test.ts';
const ignored = '**/node_modules/**';

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => moduleId.endsWith('.long.test.ts');
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    // What was compiled is kept for the next run.
    experimental: { fsModuleCache: true },
    sequence: { sequencer: LongFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['packages/*/test/**/*.test.ts'],
          exclude: ['**/*.e2e.test.ts', isAlone, ignored],
          setupFiles: ['test/helpers/unit.ts'],
          isolate: false,
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['packages/*/test/**/*.e2e.test.ts', 'test/**/*.test.ts'],
          exclude: [isAlone, ignored],
          globalSetup: ['test/helpers/build-command.ts'],
          // Their clusters are processes; what they import is the same for all.
          isolate: false,
          // Most of the time they wait for their clusters.
          maxWorkers: availableParallelism() + 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: [isAlone],
          exclude: [ignored],
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
