/** What comes in a message, checked: anybody may send anything. */
import { errorCodes, type Json, RpcError } from '@faultline/node';
import type { Digest, Entry, Stamp } from './store.ts';

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

export function readEntries(entries: unknown): Entry[] {
  if (Array.isArray(entries) && entries.every(isEntry)) return entries;
  throw malformed('entries is a list of {key, value, stamp}', entries);
}

export function readDigest(digest: unknown): Digest {
  const { from, to, stamps } = (digest ?? {}) as Partial<Digest>;
  const isBound = (bound: unknown): boolean => bound === null || typeof bound === 'string';
  const isWhole = typeof stamps === 'object' && stamps !== null;
  if (isBound(from) && isBound(to) && isWhole && Object.values(stamps).every(isStamp)) {
    return digest as Digest;
  }
  throw malformed('digest is {from, to, stamps}', digest);
}

function isEntry(entry: unknown): entry is Entry {
  const { key, value, stamp } = (entry ?? {}) as Partial<Entry>;
  return typeof key === 'string' && value !== undefined && isStamp(stamp);
}

function isStamp(stamp: unknown): stamp is Stamp {
  const { time, node } = (stamp ?? {}) as Partial<Stamp>;
  return typeof time === 'string' && typeof node === 'string';
}

function malformed(expected: string, came: unknown): RpcError {
  const shown = String(JSON.stringify(came)).slice(0, 80);
  return new RpcError(errorCodes.malformedRequest, `expected ${expected}, got ${shown}`);
}
