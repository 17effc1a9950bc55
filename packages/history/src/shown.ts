/** Data and operations as they fit into a sentence. */
import type { Json } from '@faultline/protocol';
import type { Operation } from './operation.ts';

const shownLengthMax = 60;

export function shown(value: Json | undefined): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > shownLengthMax ? `${text.slice(0, shownLengthMax)}…` : text;
}

/** `c1's read "x" (operation 7)` */
export function named({ process, f, key, index }: Operation): string {
  const what = key === undefined ? '' : ` ${shown(key)}`;
  return `${process}'s ${f}${what} (operation ${index})`;
}
