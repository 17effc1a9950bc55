/** The export formats for other tools, in one table. */
import type { Run } from '../run.ts';
import { toMermaid } from './mermaid.ts';
import { toOtlp } from './otlp.ts';
import { toPerfetto } from './perfetto.ts';
import type { Selection } from './select.ts';
import { toShiViz } from './shiviz.ts';

/** Yields a file in chunks. Throws FaultlineError if the run does not fit the format. */
type Export = (run: Run, selection?: Selection) => Iterable<string>;

export const exportFormats = {
  shiviz: toShiViz,
  perfetto: toPerfetto,
  otlp: toOtlp,
  mermaid: toMermaid,
} as const satisfies Record<string, Export>;

export type ExportFormat = keyof typeof exportFormats;
