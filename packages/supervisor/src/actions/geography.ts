/** Rules between zones, which replace an earlier geography of the same owner. */
import type { ClusterPerformer } from './perform.ts';

export const geography: ClusterPerformer<'geography'> = {
  perform: ({ geographies }, request) => geographies.place(request),
};

export const endGeography: ClusterPerformer<'endGeography'> = {
  perform: ({ geographies }, { owner }) => geographies.end(owner),
};
