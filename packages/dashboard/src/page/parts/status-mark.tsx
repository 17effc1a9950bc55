/** A line with the mark and the color of a status, as in the diagram. */
import { type Mark, markOf } from '../../diagram/marks.ts';
import type { CopyStatus } from '../../model/copy-status.ts';

const paths: Readonly<Record<Mark, string>> = {
  arrow: 'M0 6h18m-6 -4l6 4l-6 4',
  cross: 'M0 6h14m-3 -4l6 8m0 -8l-6 8',
  bar: 'M0 6h14m0 -5v10',
  ring: 'M0 6h11m0 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0',
};

export function StatusMark({ status }: { readonly status: CopyStatus }) {
  return (
    <svg
      class="mark"
      style={{ stroke: `var(--status-${status})` }}
      viewBox="0 0 20 12"
      aria-hidden="true"
    >
      <path d={paths[markOf[status]]} />
    </svg>
  );
}
