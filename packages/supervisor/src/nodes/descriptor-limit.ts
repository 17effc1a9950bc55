/**
 * The limit of file descriptors of another process. On Linux, `prlimit` changes it while the process
 * runs. Only the soft limit is changed, so that it can be raised again.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

/**
 * Lowers the limit so that the process can open about `room` more descriptors; with 0, none at all.
 * Returns the previous limit; null if it cannot be lowered.
 */
export async function lowerDescriptorLimit(pid: number, room: number): Promise<number | null> {
  try {
    const open = readdirSync(`/proc/${pid}/fd`).map(Number);
    const limits = readFileSync(`/proc/${pid}/limits`, 'utf8');
    const before = Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1]);
    if (!Number.isFinite(before)) return null;
    // The limit applies to a descriptor's number, and a new one gets the lowest free number.
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
