/** Clocks change together: if one of them cannot be synchronized, none changes. */
import type { AskedOf } from '@faultline/actions';
import type { NodePerformer } from './perform.ts';

export const clock: NodePerformer<AskedOf<'clock'>> = {
  check: (nodes, asked, { clocks }) => clocks.check(nodes, asked),
  performAll: (nodes, asked, { clocks }) => clocks.change(nodes, asked),
};
