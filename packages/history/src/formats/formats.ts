/** All formats of histories behind two functions. */
import { FaultlineError } from '@faultline/protocol';
import type { History } from '../operation.ts';
import { type JepsenOptions, readJepsenEdn, readJepsenJson } from './jepsen.ts';
import { writeJepsen } from './jepsen-writer.ts';
import { readLines, writeLines } from './lines.ts';
import { isLog, readLog, writeLog } from './log.ts';

/** `lines`: a recording's history.jsonl. `edn`, `json`: Jepsen's. `log`: the labelled logs. */
export type HistoryFormat = 'lines' | 'edn' | 'json' | 'log';

export interface ReadOptions extends JepsenOptions {
  /** Default: detected from the text. */
  readonly format?: HistoryFormat;
}

/** @throws FaultlineError BAD_HISTORY, in one line that says where */
export function readHistory(given: string, options: ReadOptions = {}): History {
  // Editors of some systems put it in front of a text.
  const text = given.replace(/^\uFEFF/, '');
  const { format = formatOf(text) } = options;
  switch (format) {
    case 'lines':
      return readLines(text);
    case 'edn':
      return readJepsenEdn(text, options);
    case 'json':
      return readJepsenJson(text, options);
    case 'log':
      return readLog(text, options);
    default:
      throw new FaultlineError(
        'BAD_HISTORY',
        `a history's format is lines, edn, json or log, not ${String(format)}`,
      );
  }
}

export function writeHistory(history: History, format: HistoryFormat = 'lines'): string {
  switch (format) {
    case 'lines':
      return writeLines(history);
    case 'log':
      return writeLog(history);
    default:
      return writeJepsen(history, format);
  }
}

function formatOf(text: string): HistoryFormat {
  const first = text.trimStart();
  if (first === '') return 'lines';
  if (isLog(first)) return 'log';
  const [line = ''] = first.split('\n');
  if (/^\[?\s*\{\s*"/.test(first))
    return line.includes('"atMs"') || line.includes('"fromMs"') ? 'lines' : 'json';
  if (/^\[\s*\]/.test(first)) return 'json';
  return 'edn';
}
