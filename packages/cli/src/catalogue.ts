/** All kinds of rules, for the commands that need them: loading them takes as long as a whole command. */
import { describeFaults, validateRule } from '@faultline/faults';
import type { Catalogue } from './rule-flags.ts';

export const catalogue: Catalogue = {
  ...describeFaults(),
  accepts(rule) {
    try {
      validateRule(rule);
      return true;
    } catch {
      return false;
    }
  },
};
