/**
 * The log of a node: lines of JSON on its standard output, in its own time. What writes them is loaded with
 * the first line, because most nodes log nothing while they start, and it is much of what a start loads.
 */
import type { Logger } from 'pino';
import type { Log } from '../port.ts';

export interface LogOptions {
  readonly node: string;
  readonly incarnation: number;
  /** `info` if omitted. */
  readonly level: string | undefined;
}

const levels: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

/** Throws if there is no such level. */
export function makeLog(options: LogOptions): Log {
  const { level = 'info' } = options;
  let loaded: Logger | undefined;
  const logger = (): Logger => {
    loaded ??= load({ ...options, level });
    return loaded;
  };
  if (!levels.includes(level)) logger();
  const lineOf =
    (name: keyof Log) =>
    (...line: [message: string] | [facts: object, message?: string]): void =>
      logger()[name](...(line as [facts: object, message?: string]));
  return {
    debug: lineOf('debug'),
    info: lineOf('info'),
    warn: lineOf('warn'),
    error: lineOf('error'),
  };
}

function load({ level, node, incarnation }: LogOptions & { readonly level: string }): Logger {
  // A host always runs bundled, and a bundle runs what it requires at this moment and not before.
  const { pino } = require('pino') as typeof import('pino');
  return pino(
    {
      level,
      base: { node, incarnation },
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ fd: 1, sync: true }),
  );
}
