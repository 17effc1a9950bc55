/** The formats of `trace` that are files for other tools; what writes them is in the trace package. */
import type { ExportFormat } from '@faultline/analysis';
import { traceFormats } from './trace.ts';

export const exports: Readonly<Record<ExportFormat, string>> = {
  shiviz: 'a log for ShiViz: steps, and the order among them',
  perfetto: 'for ui.perfetto.dev and chrome://tracing: a timeline with arrows',
  otlp: 'for Jaeger and other OpenTelemetry tools: calls as spans, in JSON',
  jepsen: "the clients' history in EDN, for Jepsen, Knossos and Elle",
  'jepsen-json': 'the same in JSON, for elle-cli',
  mermaid: 'a sequence diagram of up to 200 messages',
};

export function isExport(name: string): name is ExportFormat {
  return Object.hasOwn(exports, name);
}

/** All formats and what they are, a line each. */
export function formatList(): string {
  const formats = [
    ...Object.entries(traceFormats).map(([name, { describes }]) => [name, describes] as const),
    ...Object.entries(exports),
  ];
  return formats.map(([name, text]) => `  ${name.padEnd(12)}${text}`).join('\n');
}
