/** How many more like it came, and were not reported one by one. */
export const more = (count: number | undefined): string =>
  count === undefined ? '' : ` (and ${count} more)`;
