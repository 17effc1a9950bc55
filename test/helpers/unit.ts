/** What all unit tests have in common. */
import fc from 'fast-check';
import { chai } from 'vitest';
import { draws } from './draws.ts';
import './no-processes.ts';

fc.configureGlobal({ numRuns: draws(100) });

// The proxy only finds misspelled matchers, as the compiler does, and costs a tenth of all tests' time.
chai.config.useProxy = false;
