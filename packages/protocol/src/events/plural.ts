/** `1 node`, `5 nodes`. */
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

/** How many more like it came, and were not reported one by one. */
export const more = (count: number | undefined): string =>
  count === undefined ? '' : ` (and ${count} more)`;
