import { printable } from '@faultline/protocol';

/** A plain table: columns as wide as their widest cell, with two spaces between. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows].map((line) =>
    line.map((cell) => printable(cell.replaceAll(/\s*\n\s*/g, ' '))),
  );
  const widths = head.map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  );
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
