/**
 * The shapes that cross the control API, as schemas, one file for each resource. The server validates
 * with them, the OpenAPI document is made of them, and the client's types follow from them.
 */
export * from './calls.ts';
export * from './cluster.ts';
export * from './dry-run.ts';
export * from './faults.ts';
export * from './geography.ts';
export * from './held.ts';
export * from './logs.ts';
export * from './nodes.ts';
export * from './rule-spec.ts';
export * from './rules.ts';
export * from './trace.ts';
