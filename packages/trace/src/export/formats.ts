/** The forms in which a run leaves for other tools, in one table. */
import type { Run } from '../run.ts';
import { toJepsenEdn, toJepsenJson } from './jepsen.ts';
import { toMermaid } from './mermaid.ts';
import { toOtlp } from './otlp.ts';
import { toPerfetto } from './perfetto.ts';
import type { Selection } from './select.ts';
import { toShiViz } from './shiviz.ts';

interface ExportFormat {
  /** What reads it, in a few words. */
  readonly summary: string;
  /** Yields the file piece by piece. Throws FaultlineError where the run does not fit the format. */
  write(run: Run, selection?: Selection): Iterable<string>;
}

export const exportFormats = {
  shiviz: { summary: 'ShiViz: steps and the order among them', write: toShiViz },
  perfetto: { summary: 'ui.perfetto.dev and chrome://tracing: a timeline', write: toPerfetto },
  otlp: { summary: 'Jaeger and other OpenTelemetry tools: calls as spans', write: toOtlp },
  jepsen: {
    summary: "the clients' history as EDN, for Jepsen, Knossos and Elle",
    write: toJepsenEdn,
  },
  'jepsen-json': { summary: 'the same as JSON, for elle-cli', write: toJepsenJson },
  mermaid: { summary: 'a sequence diagram of a few messages', write: toMermaid },
} as const satisfies Record<string, ExportFormat>;

export type ExportFormatName = keyof typeof exportFormats;
