/** What comes in a message, checked: anybody may send anything. */
import { malformed } from '../common/read.ts';
import type { Digest, Entry, Stamp } from './store.ts';

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
