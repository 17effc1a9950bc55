/** One event of a run as a line: when, who, what. */
import { eventText, isQuiet } from '@faultline/actions';
import { printable } from '@faultline/protocol';
import type { ShownEvent } from './crash-loop.ts';

/** Undefined if the event is not worth a line. */
export function formatEvent(event: ShownEvent): string | undefined {
  if (isQuiet(event)) return undefined;
  const { node, inARow } = event;
  const times = inARow === undefined ? '' : ` (${inARow} times in a row)`;
  // Reasons, names and data come from programs, and from any process that connects to the router.
  return printable(`${timeOf(event)}  ${(node ?? 'cluster').padEnd(8)}${eventText(event)}${times}`);
}

/** `+1.234s`, in a column. */
export const timeOf = ({ atMs }: Pick<ShownEvent, 'atMs'>): string =>
  `+${(atMs / 1000).toFixed(3)}s`.padStart(10);
