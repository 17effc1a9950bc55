/** Whether properties draw all of their cases, as in CI. A claim about how many are of one kind needs them all. */
export const drawsAll = process.env.FAULTLINE_DRAWS === 'all';

/**
 * How many cases a property draws: a sixteenth by default, other ones each time. `all`: with which the claim is
 * checked before anything lands.
 */
export const draws = (all: number): number => (drawsAll ? all : Math.ceil(all / 16));
