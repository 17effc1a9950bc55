/**
 * How many descriptors another process may have: Linux lets that be changed while it runs, by
 * `prlimit`. Only the soft limit is touched, so that it can be raised again.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

/**
 * Lowers it so that `room` more can be opened and perhaps a few, or with 0 none at all. Returns what it
 * was; null where that cannot be done.
 */
export async function lowerDescriptorLimit(pid: number, room: number): Promise<number | null> {
  try {
    const open = readdirSync(`/proc/${pid}/fd`).map(Number);
    const limits = readFileSync(`/proc/${pid}/limits`, 'utf8');
    const before = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1]);
    if (!Number.isFinite(before)) return null;
    // A limit is on the number of a descriptor, and a new one gets the lowest that is free.
    const free = lowestFree(new Set(open));
    const limit = room === 0 ? free : Math.max(...open) + 1 + room;
    await setDescriptorLimit(pid, Math.min(before, limit));
    return before;
  } catch {
    return null;
  }
}

function lowestFree(open: ReadonlySet<number>): number {
  let free = 0;
  while (open.has(free)) free++;
  return free;
}

export async function setDescriptorLimit(pid: number, limit: number): Promise<void> {
  await promisify(execFile)('prlimit', ['--pid', String(pid), `--nofile=${limit}:`]);
}
