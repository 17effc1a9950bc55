/** The set-up of all unit tests. */
import fc from 'fast-check';
import { chai } from 'vitest';
import { draws } from './draws.ts';
import './no-processes.ts';

fc.configureGlobal({ numRuns: draws(100) });

// The proxy only finds misspelled matchers, like the compiler, and costs a tenth of the time of all tests.
chai.config.useProxy = false;
