/**
 * CPU time of process groups. Linux reports it per thread in nanoseconds, together with the time that
 * each thread waited for a CPU. Elsewhere, `ps` reports hundredths of a second, and is run less often.
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

export interface CpuTime {
  readonly usedMs: number;
  readonly waitedMs: number | null;
}

/** Whether /proc exists. A process whose files cannot be read has just ended, and counts as zero. */
export const hasProc = process.platform === 'linux';

/** The members of each process group. */
export function groupMembers(): Map<number, number[]> {
  const groups = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const group = Number(statFields(read(`/proc/${entry}/stat`))[2]);
    const members = groups.get(group);
    if (members === undefined) groups.set(group, [Number(entry)]);
    else members.push(Number(entry));
  }
  return groups;
}

/** The fields of /proc/PID/stat after the command, which is in parentheses and may contain anything: state, parent, group, … */
export const statFields = (stat: string): string[] =>
  stat.slice(stat.lastIndexOf(')') + 2).split(' ');

/** The sum over all threads of these processes. */
export function cpuTimeOf(pids: readonly number[]): CpuTime {
  let usedNs = 0;
  let waitedNs = 0;
  for (const pid of pids) {
    for (const thread of list(`/proc/${pid}/task`)) {
      const [used = 0, waited = 0] = read(`/proc/${pid}/task/${thread}/schedstat`)
        .split(' ')
        .map(Number);
      usedNs += used;
      waitedNs += waited;
    }
  }
  return { usedMs: usedNs / 1e6, waitedMs: waitedNs / 1e6 };
}

/** CPU time of every process group, from `ps`. */
export async function cpuTimesByPs(): Promise<Map<number, number>> {
  return readPsTimes(await runPs('pgid=,time='));
}

/** Output of `ps` with a line per process, independent of the locale. */
export async function runPs(columns: string): Promise<string> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-o', columns], {
    env: { ...process.env, LC_ALL: 'C' },
  });
  return stdout;
}

/** [[days-]hours:]minutes:seconds; null for anything else. */
export function psTimeMs(time: string): number | null {
  const [, days = '0', clock] = /^(?:(\d+)-)?([\d:.]+)$/.exec(time) ?? [];
  if (clock === undefined) return null;
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return (Number(days) * 86_400 + seconds) * 1000;
}

/** `  501   0:12.34` on macOS, `501 1-00:00:12` on Linux: a group and its time. */
export function readPsTimes(text: string): Map<number, number> {
  const groups = new Map<number, number>();
  for (const line of text.split('\n')) {
    const [, group, time] = /^\s*(\d+)\s+(\S+)\s*$/.exec(line) ?? [];
    const ms = time === undefined ? null : psTimeMs(time);
    if (ms === null) continue;
    groups.set(Number(group), (groups.get(Number(group)) ?? 0) + ms);
  }
  return groups;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function list(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
