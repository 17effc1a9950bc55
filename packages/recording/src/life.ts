/** Whether the cluster that writes a recording still does, and what it said last. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterEvent } from '@faultline/actions';
import { isAlive } from './process-identity.ts';
import { readInfo } from './run-info.ts';

const tailBytes = 128 * 1024;

export async function isRunOver(dir: string): Promise<boolean> {
  return (await lifeOf(dir)) === 'over';
}

/** Whether somebody writes to it, as far as it tells who that would be. */
export async function lifeOf(dir: string): Promise<'running' | 'over' | 'not known'> {
  if ((await lastEvent(dir))?.kind === 'cluster.down') return 'over';
  const info = await readInfo(dir).catch(() => undefined);
  if (info === undefined) return 'not known';
  return isAlive(info.pid, info.processIdentity) ? 'running' : 'over';
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
