export { Type } from 'typebox';
export { type Check, type CheckContext, type CheckOptions, defineCheck } from './check.ts';
export type { Consistency, ConsistencyOptions } from './consistency.ts';
export type { Question } from './matcher.ts';
export { readOptions, wordsOf } from './options.ts';
export { questions } from './questions.ts';
export { checks, findCheck } from './registry.ts';
export { runCheck } from './run.ts';
