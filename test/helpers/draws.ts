/** How many cases a property draws: an eighth by default, other ones each time; all in CI. */
const drawsAll = process.env.FAULTLINE_DRAWS === 'all';

/** `all`: the cases that the claim is checked with before anything lands. */
export const draws = (all: number): number => (drawsAll ? all : Math.ceil(all / 8));
