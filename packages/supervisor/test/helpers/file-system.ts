/** A function of `node:fs` that a test can change for every module, also for those loaded before. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { type MockInstance, vi } from 'vitest';

/** Does what the real function does, until a test says otherwise; `mockRestore` puts that back. */
export function replaceable<K extends 'writeSync' | 'renameSync'>(
  name: K,
): MockInstance<(typeof fs)[K]> {
  const replacement = vi.spyOn(fs, name);
  syncBuiltinESMExports();
  return replacement as MockInstance<(typeof fs)[K]>;
}

/** Every module has the real functions again. */
export function restoreFileSystem(): void {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
}
