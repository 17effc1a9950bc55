/**
 * Logs of Jepsen, whose entries are lines among others. The labelled logs of Jepsen's etcd test, and what
 * Jepsen has written since, `jepsen.log` and the values of all its tests included:
 *
 *     INFO  jepsen.util - 2	:invoke	:cas	[3 0]
 *     2023-03-01 12:00:00,123{GMT}	INFO	[jepsen worker 2] jepsen.util: 2	:fail	:cas	[3 0]	:not-found
 *
 * A line's number stands for its time: two entries may have been logged within one ms. A compare-and-set
 * that failed without saying why met another value; `:timed-out` leaves it unknown, whatever the line calls
 * it. A line is passed over if it has none of `:invoke`, `:ok`, `:fail` and `:info`; any other is an entry.
 */
import { type Json, maelstromErrors } from '@faultline/protocol';
import type { History } from '../operation.ts';
import { readEdn } from './edn.ts';
import { badHistory, unpair } from './entry.ts';
import { historyOf, type JepsenOptions, type Place } from './jepsen.ts';

const prefix = 'INFO  jepsen.util - ';
const type = /(?:^|\s):(?:invoke|ok|fail|info)(?=\s|$)/;
const linePattern =
  /(?:^|\s)jepsen\.util(?::|\s-)\s+(\S+)\s+:(invoke|ok|fail|info)\s+:(\S+)\s+(\S.*?)\s*$/;
/** A log may begin with lines of other parts of Jepsen. */
const beginning = /^(?:INFO\s|WARN\s|\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\S*\s)/;

export const isLog = (text: string): boolean => beginning.test(text);

export function readLog(text: string, options: JepsenOptions = {}): History {
  const places: Place[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (!type.test(line)) continue;
    const where = `line ${i + 1}`;
    const found = linePattern.exec(line);
    if (found === null) {
      throw badHistory(where, `expected \`${prefix}PROCESS :invoke :read nil\` or the like`);
    }
    const [, process, kind, f, shown] = found;
    const [value = null, error] = readValues(shown!, where);
    const isTimeout = value === 'timed-out';
    const isOtherValue = kind === 'fail' && f === 'cas' && !isTimeout && error === undefined;
    places.push({
      value: {
        type: isTimeout ? 'info' : kind,
        process: process!.replace(/^:/, ''),
        f,
        value: isTimeout ? null : value,
        time: i * 1e6,
        ...(error === undefined ? {} : { error }),
        ...(isOtherValue
          ? { error: { code: maelstromErrors.preconditionFailed, text: 'another value' } }
          : {}),
      },
      where,
    });
  }
  if (places.length === 0 && text.trim() !== '') {
    throw badHistory('line 1', `expected a line \`${prefix}PROCESS :invoke :read nil\`, got none`);
  }
  return historyOf(places, options);
}

/** The value of an entry, and its error if there is one. */
function readValues(text: string, where: string): readonly Json[] {
  try {
    return readEdn(`[${text}]`).map(({ value }) => value);
  } catch {
    throw badHistory(where, `expected a value such as nil, 3 or [3 0], not ${text}`);
  }
}

export function writeLog({ operations }: History): string {
  return unpair(operations)
    .map(({ process, type, f, value, error }) => {
      const isUnknown =
        type === 'info' || (type === 'fail' && error?.code !== maelstromErrors.preconditionFailed);
      const shown = isUnknown ? ':timed-out' : printValue(value);
      return `${prefix}${process}\t:${type}\t:${f}\t${shown}\n`;
    })
    .join('');
}

const printValue = (value: Json): string => {
  if (value === null) return 'nil';
  return Array.isArray(value) ? `[${value.join(' ')}]` : String(value);
};
