/** What comes in a request or from the user, checked: anybody may send anything. */
import { errorCodes, type Json, type Node, RpcError } from '@faultline/node';

const keyCharsMax = 1000;
const valueCharsMax = 150_000;

export function readKey(key: unknown): string {
  if (typeof key === 'number') return String(key);
  if (typeof key === 'string' && key !== '' && key.length <= keyCharsMax) return key;
  throw malformed(`key is a text of 1 to ${keyCharsMax} characters`, key);
}

export function readValue(value: Json | undefined): Json {
  if (JSON.stringify(value ?? null).length <= valueCharsMax) return value ?? null;
  throw malformed(`a value has at most ${valueCharsMax} characters of JSON`, 'a larger one');
}

export const isObject = (
  value: Json | undefined,
): value is { readonly [key: string]: Json | undefined } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A whole number, as the field of that name. */
export function readInteger(
  value: unknown,
  name: string,
  { min = Number.MIN_SAFE_INTEGER }: { readonly min?: number } = {},
): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min) return value;
  const bound = min === Number.MIN_SAFE_INTEGER ? '' : `, at least ${min}`;
  throw malformed(`${name} is a whole number${bound}`, value);
}

export function malformed(expected: string, came: unknown): RpcError {
  const shown = String(JSON.stringify(came)).slice(0, 80);
  return new RpcError(errorCodes.malformedRequest, `expected ${expected}, got ${shown}`);
}

/** The settings of a program with their defaults first; any other name or word is refused. */
export function readSettings<const Known extends Readonly<Record<string, readonly string[]>>>(
  program: string,
  settings: Node['settings'],
  known: Known,
): { [Name in keyof Known]: Known[Name][number] } {
  const { logLevel: _, ...given } = settings;
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(known, name)) continue;
    const names = Object.keys(known);
    const there = names.length === 0 ? 'no setting' : names.join(', ');
    throw new RangeError(`${program}: there is no setting ${name}; available: ${there}`);
  }
  const read = Object.entries(known).map(([name, words]) => {
    const word = given[name] ?? words[0]!;
    if (words.includes(word)) return [name, word];
    throw new RangeError(`${program}: ${name} is ${words.join(' or ')}, not ${word}`);
  });
  return Object.fromEntries(read);
}

/** The same text for equal values, whatever the order of their fields. */
export function canonicalText(value: Json): string {
  return JSON.stringify(value, (_, part: Json) => {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
