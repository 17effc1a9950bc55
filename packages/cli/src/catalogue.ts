/** All kinds of rules, for the commands that need them: loading them takes as long as a command takes. */
import { describeKinds, describeMatch } from '@faultline/faults';
import type { Catalogue } from './rule-flags.ts';

export const catalogue: Catalogue = { kinds: describeKinds(), match: describeMatch() };
