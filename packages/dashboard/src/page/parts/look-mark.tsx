/** A line with the mark and the color of a look, as in the diagram. */
import { type Mark, markOf } from '../../diagram/marks.ts';
import type { Look } from '../../model/looks.ts';

const paths: Readonly<Record<Mark, string>> = {
  arrow: 'M0 6h18m-6 -4l6 4l-6 4',
  cross: 'M0 6h14m-3 -4l6 8m0 -8l-6 8',
  bar: 'M0 6h14m0 -5v10',
  ring: 'M0 6h11m0 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0',
};

export function LookMark({ look }: { readonly look: Look }) {
  return (
    <svg class={`mark look-${look}`} viewBox="0 0 20 12" aria-hidden="true">
      <path d={paths[markOf[look]]} />
    </svg>
  );
}
