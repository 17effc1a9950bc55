/** Times as texts. */

/** Since the run began, such as `+12.346s`. */
export const moment = (ms: number): string => `+${(ms / 1000).toFixed(3)}s`;
