/**
 * Which test runs, as its runner tells: whose is the cluster that is started now?
 *
 * A runner that lets us stand around a test says it of each, whichever run at the same time. One that has
 * hooks alone says when a test begins and ends: while several of those run, nobody knows, and a cluster
 * that is started then counts as shared, as one does that is started before the tests.
 */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface RunningTest {
  readonly name: string;
  isOver: boolean;
}

const around = new AsyncLocalStorage<RunningTest>();
const begun = new Set<RunningTest>();

export function testBegan(name: string): RunningTest {
  const test = { name, isOver: false };
  begun.add(test);
  return test;
}

/** Whatever is started meanwhile is this test's. */
export const inTest = <T>(test: RunningTest, run: () => T): T => around.run(test, run);

export function testIsOver(test: RunningTest): void {
  test.isOver = true;
  begun.delete(test);
}

export function runningTest(): RunningTest | null {
  const [only, ...others] = begun;
  return around.getStore() ?? (others.length === 0 ? (only ?? null) : null);
}
