/**
 * Resource usage of process groups: memory, CPU time and open descriptors of all their processes. Linux
 * has it in /proc; elsewhere it comes from `ps`, which does not count descriptors.
 */
import { readdir, readFile } from 'node:fs/promises';
import type { NodeUsage } from '@faultline/protocol';
import { groupMembers, hasProc, psTimeMs, runPs, statFields } from '../cpu/cpu-time.ts';

/** By group; omits groups that have just ended. */
export async function usageOf(groups: readonly number[]): Promise<Map<number, NodeUsage>> {
  if (groups.length === 0) return new Map();
  if (!hasProc) return usageByPs();
  const members = groupMembers();
  const found = await Promise.all(
    groups.map(async (group): Promise<[number, NodeUsage][]> => {
      const used = await Promise.all((members.get(group) ?? []).map(usageOfProcess));
      const running = used.filter((one) => one !== null);
      return running.length === 0 ? [] : [[group, sum(running)]];
    }),
  );
  return new Map(found.flat());
}

/** The unit of CPU times in /proc/PID/stat. */
const tickMs = 10;

async function usageOfProcess(pid: number): Promise<NodeUsage | null> {
  try {
    const [status, stat, descriptors] = await Promise.all([
      readFile(`/proc/${pid}/status`, 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
      readdir(`/proc/${pid}/fd`),
    ]);
    const kilobytes = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
    const fields = statFields(stat);
    const ticks = Number(fields[11]) + Number(fields[12]);
    return {
      memoryBytes: kilobytes * 1024,
      cpuMs: ticks * tickMs,
      descriptors: descriptors.length,
    };
  } catch {
    return null;
  }
}

async function usageByPs(): Promise<Map<number, NodeUsage>> {
  return readPsUsage(await runPs('pgid=,rss=,time='));
}

/** `  501 12345   0:12.34`: a group, kilobytes, and CPU time. */
export function readPsUsage(text: string): Map<number, NodeUsage> {
  const groups = new Map<number, NodeUsage[]>();
  for (const line of text.split('\n')) {
    const [, group, kilobytes, time] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s*$/.exec(line) ?? [];
    const cpuMs = time === undefined ? null : psTimeMs(time);
    if (cpuMs === null) continue;
    const used = { memoryBytes: Number(kilobytes) * 1024, cpuMs, descriptors: null };
    groups.set(Number(group), [...(groups.get(Number(group)) ?? []), used]);
  }
  return new Map([...groups].map(([group, used]) => [group, sum(used)]));
}

const sum = (used: readonly NodeUsage[]): NodeUsage =>
  used.reduce((all, one) => ({
    memoryBytes: all.memoryBytes + one.memoryBytes,
    cpuMs: all.cpuMs + one.cpuMs,
    descriptors:
      all.descriptors === null || one.descriptors === null
        ? null
        : all.descriptors + one.descriptors,
  }));
