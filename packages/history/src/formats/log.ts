/**
 * The labelled logs of Jepsen's etcd test, one register:
 *
 *     INFO  jepsen.util - 2	:invoke	:cas	[3 0]
 *     INFO  jepsen.util - 2	:fail	:cas	[3 0]
 *
 * They have no times, so a line's number stands for them. A compare-and-set that failed and repeats its
 * arguments met another value; `:timed-out` leaves it unknown, whatever the line calls it.
 */
import { type Json, maelstromErrors } from '@faultline/protocol';
import type { History } from '../operation.ts';
import { badHistory, type Entry, pair, readEntryType, unpair } from './entry.ts';

const prefix = 'INFO  jepsen.util - ';
const linePattern = /^INFO\s+jepsen\.util - (\S+)\s+:(invoke|ok|fail|info)\s+:(\w+)\s+(.+?)\s*$/;

export const isLog = (line: string): boolean => line.startsWith('INFO');

export function readLog(text: string): History {
  const entries: Entry[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const where = `line ${i + 1}`;
    const found = linePattern.exec(line);
    if (found === null) {
      // Other lines of the same log, of the nemesis for example.
      if (isLog(line)) continue;
      throw badHistory(where, `expected \`${prefix}PROCESS :invoke :read nil\` or the like`);
    }
    const [, process, kind, f, value] = found;
    const type = readEntryType(kind, where);
    const isTimeout = value === ':timed-out';
    entries.push({
      type: isTimeout ? 'info' : type,
      process: process!,
      f: f!,
      value: isTimeout ? null : readValue(value!, where),
      atMs: i,
      where,
      ...(type === 'fail' && f === 'cas' && !isTimeout
        ? { error: { code: maelstromErrors.preconditionFailed, text: 'another value' } }
        : {}),
    });
  }
  return { operations: pair(entries) };
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

function readValue(text: string, where: string): Json {
  if (text === 'nil') return null;
  const numbers = /^\[?(-?\d+)(?:\s+(-?\d+)\])?$/.exec(text);
  if (numbers === null) throw badHistory(where, `expected nil, 3 or [3 0], not ${text}`);
  const [, first, second] = numbers;
  return second === undefined ? Number(first) : [Number(first), Number(second)];
}

const printValue = (value: Json): string => {
  if (value === null) return 'nil';
  return Array.isArray(value) ? `[${value.join(' ')}]` : String(value);
};
