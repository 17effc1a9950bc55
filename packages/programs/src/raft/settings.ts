/** What `--set` may say. */
import type { Settings } from './state.ts';

const defaults = {
  electionTimeout: '300ms',
  heartbeat: '75ms',
  snapshotEvery: '1000',
  batch: '1000',
};

/** Throws RangeError for what it does not know: a misspelt setting would be missed. */
export function readSettings(set: Readonly<Record<string, string>>): Settings {
  const { logLevel: _, ...given } = set;
  for (const key of Object.keys(given)) {
    if (Object.hasOwn(defaults, key)) continue;
    throw new RangeError(
      `raft: there is no setting ${key}; available: ${Object.keys(defaults).join(', ')}`,
    );
  }
  const { electionTimeout, heartbeat, snapshotEvery, batch } = { ...defaults, ...given };
  const settings = {
    electionTimeoutMs: readMs('electionTimeout', electionTimeout),
    heartbeatMs: readMs('heartbeat', heartbeat),
    snapshotEvery: readCount('snapshotEvery', snapshotEvery),
    batch: readCount('batch', batch),
  };
  if (settings.heartbeatMs * 2 > settings.electionTimeoutMs) {
    throw new RangeError(
      `raft: electionTimeout must be at least twice the heartbeat, got ${electionTimeout} with a heartbeat of ${heartbeat}`,
    );
  }
  return settings;
}

function readMs(name: string, text: string): number {
  const [, number, unit] = /^(\d+(?:\.\d+)?)(ms|s)?$/.exec(text) ?? [];
  const ms = Number(number) * (unit === 's' ? 1000 : 1);
  if (ms > 0 && ms <= 3_600_000) return ms;
  throw new RangeError(`raft: ${name} must be a duration such as 300ms or 1s, got ${text}`);
}

function readCount(name: string, text: string): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count > 0) return count;
  throw new RangeError(`raft: ${name} must be a whole number of at least 1, got ${text}`);
}
