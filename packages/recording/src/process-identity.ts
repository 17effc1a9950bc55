/**
 * Tells one process from another that got the same number later. A cluster's file outlives a machine
 * that loses power, and after the next start, or in a container that always counts from 1, the number
 * in it belongs to somebody else.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** When the process began, in the system's own words; undefined where those cannot be had. */
export function processIdentity(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The second field is the command in parentheses, which may hold anything. Behind it come the
      // state and, as the 22nd of all, the start.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // It has ended, and its parent has not asked how.
      if (fields[0] === 'Z') return 'ended';
      return `${boot} ${fields[19]}`;
    }
    if (process.platform === 'darwin') {
      const options = { encoding: 'utf8', stdio: 'pipe', env: { LC_ALL: 'C', TZ: 'UTC' } } as const;
      return execFileSync('/bin/ps', ['-o', 'lstart=', '-p', String(pid)], options).trim();
    }
  } catch {
    // Then the number has to do.
  }
  return undefined;
}

export function isAlive(pid: number, identity?: string | undefined): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  if (identity === undefined) return true;
  const now = processIdentity(pid);
  return now === undefined || now === identity;
}
