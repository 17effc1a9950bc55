/**
 * Which test is running, as its runner reports it, so that a cluster is attributed to the test that starts it.
 *
 * A runner that lets us wrap a test identifies each test, even concurrent ones. A runner with nothing but
 * hooks reports when a test begins and ends. While several tests run there, a cluster that starts counts as
 * shared, like one that started before the tests.
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

/** Attributes the clusters that start during `run` to this test. */
export const inTest = <T>(test: RunningTest, run: () => T): T => around.run(test, run);

export function testIsOver(test: RunningTest): void {
  test.isOver = true;
  begun.delete(test);
}

export function runningTest(): RunningTest | null {
  const [only, ...others] = begun;
  return around.getStore() ?? (others.length === 0 ? (only ?? null) : null);
}
