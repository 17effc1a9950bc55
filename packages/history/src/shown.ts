/** Data and operations as they fit into a sentence. */
import type { Json } from '@faultline/protocol';
import type { Operation } from './operation.ts';

const shownLengthMax = 60;

export function shown(value: Json | undefined): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > shownLengthMax ? `${text.slice(0, shownLengthMax)}…` : text;
}

/** Two places behind the point. */
export const rounded = (value: number): number => Math.round(value * 100) / 100;

/** `7, c1.1.3`: its place in the history and, in a recording, the id by which `cluster why` explains it. */
export const placeOf = ({ index, message }: Pick<Operation, 'index' | 'message'>): string =>
  message === undefined ? String(index) : `${index}, ${message}`;

/** `c1's read "x" (operation 7)` */
export function named(operation: Operation): string {
  const { process, f, key } = operation;
  const what = key === undefined ? '' : ` ${shown(key)}`;
  return `${process}'s ${f}${what} (operation ${placeOf(operation)})`;
}
