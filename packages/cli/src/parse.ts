/** Parsers for the values of flags and arguments. */
import { resolve } from 'node:path';
import { FaultlineError, inexactNumber, type Json } from '@faultline/protocol';

/** A path relative to the folder where the command was typed. */
export const fromHere = (path: string): string =>
  resolve(process.env.INIT_CWD ?? process.cwd(), path);

export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new FaultlineError(
        'BAD_REQUEST',
        `expected a whole number from ${min} to ${max}, got ${JSON.stringify(text)}`,
        {
          text,
          min,
          max,
        },
      );
    }
    return value;
  };
}

/**
 * `--sync -2ms` as `--sync=-2ms`: a flag with an optional value does not accept one with a dash.
 * Everything after `--` stays as it is.
 */
export function joinSigned(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  const joined: string[] = [];
  for (const [at, arg] of argv.entries()) {
    const isOurs = end < 0 || at < end;
    if (isOurs && /^-\d/.test(arg) && argv[at - 1] === '--sync') {
      joined[joined.length - 1] = `--sync=${arg}`;
    } else joined.push(arg);
  }
  return joined;
}

/** Collects `key=value` of a flag that may be repeated, with a different key each time. */
export function settings(
  text: string,
  before: Readonly<Record<string, string>>,
): Record<string, string> {
  const [key, value] = keyAndValue(text);
  if (Object.hasOwn(before, key)) throw keyTwice(key, `${key}=${before[key]}`, text);
  return { ...before, [key]: value };
}

/**
 * The fields of a message body: `key=value`. A value that is valid JSON is parsed (1, true, null, "text",
 * [1,2]); anything else is text.
 */
export function bodyFields(pairs: readonly string[]): Record<string, unknown> {
  const given = new Map<string, string>();
  return Object.fromEntries(
    pairs.map((pair) => {
      const [key, value] = keyAndValue(pair);
      const before = given.get(key);
      if (before !== undefined) throw keyTwice(key, before, pair);
      given.set(key, pair);
      const read = jsonOrText(value);
      requireExact(pair, read as Json);
      return [key, read];
    }),
  );
}

const keyTwice = (key: string, ...pairs: readonly string[]): FaultlineError =>
  new FaultlineError(
    'BAD_REQUEST',
    `${key} is given twice, as ${pairs.join(' and ')}: give it once`,
    { key, pairs },
  );

/** Rejects a number that would be rounded to a different one on its way to the node. */
function requireExact(pair: string, value: Json): void {
  if (inexactNumber(value) === undefined) return;
  const [key, text] = keyAndValue(pair);
  const quoted = `${key}='${JSON.stringify(text)}'`;
  throw new FaultlineError(
    'BAD_REQUEST',
    `numbers are exact up to 2^53 - 1, and ${pair} is larger: send a text, ${quoted}`,
    { text: pair },
  );
}

function keyAndValue(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) {
    throw new FaultlineError('BAD_REQUEST', `expected key=value, got ${JSON.stringify(text)}`, {
      text,
    });
  }
  return [text.slice(0, at), text.slice(at + 1)];
}

/** Parses text that is valid JSON, and returns any other as it is. */
export function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
