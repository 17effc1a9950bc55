/** Whether properties draw all of their cases, as in CI. Claims about the number of cases of a kind need that. */
export const drawsAll = process.env.FAULTLINE_DRAWS === 'all';

/**
 * The number of cases that a property draws: a sixteenth of `all` by default, different ones each time. CI
 * draws `all`.
 */
export const draws = (all: number): number => (drawsAll ? all : Math.ceil(all / 16));
