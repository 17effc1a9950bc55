/** Whether the cluster that writes a recording still does, and what it said last. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterEvent } from '@faultline/protocol';
import { readInfo } from './run-info.ts';

const tailBytes = 128 * 1024;

export async function isRunOver(dir: string): Promise<boolean> {
  if ((await lastEvent(dir))?.kind === 'cluster.down') return true;
  const info = await readInfo(dir).catch(() => undefined);
  return info !== undefined && !isAlive(info.pid);
}

/** The last whole line of `events.jsonl`; undefined where there is none. */
export async function lastEvent(dir: string): Promise<ClusterEvent | undefined> {
  const file = await open(join(dir, 'events.jsonl')).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    const start = Math.max(0, size - tailBytes);
    const { buffer, bytesRead } = await file.read(
      Buffer.alloc(size - start),
      0,
      size - start,
      start,
    );
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n').slice(0, -1);
    for (const line of lines.reverse()) {
      try {
        return JSON.parse(line) as ClusterEvent;
      } catch {
        // The one before it, then.
      }
    }
    return undefined;
  } finally {
    await file.close();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
