/** A test that needs longer than the runner's default limit fails without a reason that names the fix. */

/** The part of the state of a vitest worker that this file uses. */
interface Worker {
  readonly config?: { readonly testTimeout: number };
}

let isPrinted = false;

/** Prints the fix once for a test file in vitest that has the default limit of five seconds. */
export function warnOfShortLimit(): void {
  const { __vitest_worker__: worker } = globalThis as { __vitest_worker__?: Worker };
  const warning = shortLimit(worker);
  if (warning === undefined || isPrinted) return;
  isPrinted = true;
  process.stderr.write(`${warning}\n`);
}

/** Undefined: the project, or `@faultline/testkit/vitest`, has set another limit, or the runner is another. */
export function shortLimit(worker: Worker | undefined): string | undefined {
  if (worker?.config?.testTimeout !== 5_000) return undefined;
  return "faultline: vitest ends a test after 5 s, which is short for one that starts processes: import '@faultline/testkit/vitest' in the test, which raises the limit to a minute and adds the matchers, or set testTimeout";
}
