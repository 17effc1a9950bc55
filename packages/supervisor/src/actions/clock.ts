/** Clocks change together: if one of them cannot be synchronized, none changes. */
import type { RequestOf } from '@faultline/actions';
import type { NodePerformer } from './perform.ts';

export const clock: NodePerformer<RequestOf<'clock'>> = {
  check: (nodes, request, { clocks }) => clocks.check(nodes, request),
  performAll: (nodes, request, { clocks }) => clocks.change(nodes, request),
};
