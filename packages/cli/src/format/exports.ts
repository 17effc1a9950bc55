/**
 * The formats of `trace` that are files for other tools. The analysis package writes recordings, the
 * history package writes what clients saw.
 */
import type { ExportFormat, Run, Selection } from '@faultline/analysis';
import type { JepsenFormat } from '@faultline/history';
import type { HistoryEntry } from '@faultline/protocol';
import { traceFormats } from './trace.ts';

/** Formats of the clients' history, by the name of each in its writer. */
const histories = { jepsen: 'edn', 'jepsen-json': 'json' } as const satisfies Record<
  string,
  JepsenFormat
>;

export type HistoryFormat = keyof typeof histories;
export type FileFormat = ExportFormat | HistoryFormat;

export const exports: Readonly<Record<FileFormat, string>> = {
  shiviz: 'a log for ShiViz: steps and their order',
  perfetto: 'for ui.perfetto.dev and chrome://tracing: a timeline with arrows',
  otlp: 'for Jaeger and other OpenTelemetry tools: calls as spans, in JSON',
  jepsen: "the clients' history in EDN, for Jepsen, Knossos and Elle",
  'jepsen-json': 'the same in JSON, for elle-cli',
  mermaid: 'a sequence diagram of up to 200 messages',
};

export function isExport(name: string): name is FileFormat {
  return Object.hasOwn(exports, name);
}

/** The file in small chunks. */
export async function exportTexts(
  name: FileFormat,
  run: Run,
  selection: Selection,
): Promise<Iterable<string>> {
  const { exportFormats, selectedHistory } = await import('@faultline/analysis');
  if (isHistory(name)) return historyTexts(name, selectedHistory(run, selection));
  return exportFormats[name](run, selection);
}

/** Accepts one entry after the other. */
export async function historyTexts(
  name: HistoryFormat,
  entries: Iterable<HistoryEntry>,
): Promise<Iterable<string>> {
  const [{ inChunks }, { writeJepsenEntries }] = await Promise.all([
    import('@faultline/analysis'),
    import('@faultline/history'),
  ]);
  return inChunks(writeJepsenEntries(entries, histories[name]));
}

export const isHistory = (name: FileFormat): name is HistoryFormat =>
  Object.hasOwn(histories, name);

/** All formats with their descriptions, a line each. */
export function formatList(): string {
  const formats = [
    ...Object.entries(traceFormats).map(([name, { describes }]) => [name, describes] as const),
    ...Object.entries(exports),
  ];
  return formats.map(([name, text]) => `  ${name.padEnd(12)}${text}`).join('\n');
}
