/** Whether a cluster is still writing a recording, and its last event. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterEvent } from '@faultline/actions';
import { isAlive } from './process-identity.ts';
import { readInfo } from './run-info.ts';

const tailBytes = 128 * 1024;

export async function isRunOver(dir: string): Promise<boolean> {
  return (await lifeOf(dir)) === 'over';
}

/** Whether a process is writing to it, as far as the recording identifies that process. */
export async function lifeOf(dir: string): Promise<'running' | 'over' | 'not known'> {
  if ((await lastEvent(dir))?.kind === 'cluster.down') return 'over';
  const info = await readInfo(dir).catch(() => undefined);
  if (info === undefined) return 'not known';
  return isAlive(info.pid, info.processIdentity) ? 'running' : 'over';
}

/** The last complete line of `events.jsonl`; undefined if there is none. */
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
        // Torn: try the line before it.
      }
    }
    return undefined;
  } finally {
    await file.close();
  }
}
