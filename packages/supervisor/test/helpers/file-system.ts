/** Replaces a function of `node:fs` for every module, including those already loaded. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { type MockInstance, vi } from 'vitest';

/** Calls the real function until a test replaces it; `mockRestore` restores it. */
export function replaceable<K extends 'writeSync' | 'renameSync'>(
  name: K,
): MockInstance<(typeof fs)[K]> {
  const replacement = vi.spyOn(fs, name);
  syncBuiltinESMExports();
  return replacement as MockInstance<(typeof fs)[K]>;
}

/** Restores the real functions for every module. */
export function restoreFileSystem(): void {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
}
