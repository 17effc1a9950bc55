/** What the diagram shows, for the frame around it. */
import { signal } from '@preact/signals';
import { copyStatuses } from '../../model/copy-status.ts';
import type { View } from '../../model/view.ts';

export const following = signal(true);

/** A line for a message that is lost, held, late or otherwise unusual. */
interface UnusualLine {
  readonly row: number;
  readonly status: number;
  /** Numbers of words. */
  readonly src: number;
  readonly dest: number;
  readonly type: number;
  readonly sentMs: number;
}

interface Stated extends Pick<View, 'lines' | 'usual' | 'unusual' | 'unusualShown' | 'isWhole'> {
  readonly unusualLines: readonly UnusualLine[];
}

const listedMax = 100;

export const stated = signal<Stated>({
  lines: 0,
  usual: 0,
  unusual: 0,
  unusualShown: 0,
  isWhole: true,
  unusualLines: [],
});

/** The latest first. */
export function state(view: View): void {
  const { lines, usual, unusual, unusualShown, isWhole } = view;
  const unusualLines: UnusualLine[] = [];
  for (let line = 0; line < lines; line++) {
    const status = view.status[line]!;
    if (copyStatuses[status] === 'delivered') continue;
    unusualLines.push({
      row: view.row[line]!,
      status,
      src: view.src[line]!,
      dest: view.dest[line]!,
      type: view.type[line]!,
      sentMs: view.fromMs + view.sent[line]!,
    });
  }
  unusualLines.sort((a, b) => b.sentMs - a.sentMs);
  stated.value = {
    lines,
    usual,
    unusual,
    unusualShown,
    isWhole,
    unusualLines: unusualLines.slice(0, listedMax),
  };
}
