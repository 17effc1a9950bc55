/**
 * A test of a cluster starts processes, and on a busy machine that alone takes longer than the limits that
 * test runners have by default. Where a project has set none of its own, this is what a test may take.
 */
export const testMsMax = 60_000;
