/** Rules between zones, in the place of an earlier geography's of the same owner. */
import type { ClusterPerformer } from './perform.ts';

export const geography: ClusterPerformer<'geography'> = {
  perform: ({ geographies }, asked) => geographies.place(asked),
};

export const endGeography: ClusterPerformer<'endGeography'> = {
  perform: ({ geographies }, { owner }) => geographies.end(owner),
};
