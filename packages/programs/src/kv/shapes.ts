/** What comes in a message, checked: anybody may send anything. */
import { malformed } from '../common/read.ts';
import type { Digest, Entry, Stamp } from './store.ts';

export function readEntries(entries: unknown): Entry[] {
  if (Array.isArray(entries) && entries.every(isEntry)) return entries;
  throw malformed('entries is a list of {key, value, stamp}', entries);
}

export function readDigest(digest: unknown): Digest {
  if (isDigest(digest)) return digest;
  throw malformed('digest is {from, to, stamps}', digest);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const isBound = (bound: unknown): boolean => bound === null || typeof bound === 'string';

const isDigest = (digest: unknown): digest is Digest =>
  isObject(digest) &&
  isBound(digest.from) &&
  isBound(digest.to) &&
  isObject(digest.stamps) &&
  Object.values(digest.stamps).every(isStamp);

const isEntry = (entry: unknown): entry is Entry =>
  isObject(entry) &&
  typeof entry.key === 'string' &&
  entry.value !== undefined &&
  isStamp(entry.stamp);

const isStamp = (stamp: unknown): stamp is Stamp =>
  isObject(stamp) && typeof stamp.time === 'string' && typeof stamp.node === 'string';
