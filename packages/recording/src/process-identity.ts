/**
 * Distinguishes a process from a later one with the same id. A cluster's file outlives a power failure,
 * and after the next boot, or in a container that always counts from 1, the id in the file belongs to
 * another process.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** When the process started, as the system reports it; undefined if unavailable. */
export function processIdentity(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The second field is the command in parentheses, which may hold anything. After it come the
      // state and, as the 22nd field, the start time.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      // A zombie: it has exited, and its parent has not collected the exit status.
      if (fields[0] === 'Z') return 'ended';
      return `${boot} ${fields[19]}`;
    }
    if (process.platform === 'darwin') {
      const options = { encoding: 'utf8', stdio: 'pipe', env: { LC_ALL: 'C', TZ: 'UTC' } } as const;
      return execFileSync('/bin/ps', ['-o', 'lstart=', '-p', String(pid)], options).trim();
    }
  } catch {
    // Then the process id alone must do.
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
