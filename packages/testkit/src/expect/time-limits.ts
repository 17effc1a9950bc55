/**
 * The time limit of a test in a project that has not set one. A test of a cluster starts processes, which on a
 * busy machine takes longer than the default limits of test runners.
 */
export const testMsMax = 60_000;
