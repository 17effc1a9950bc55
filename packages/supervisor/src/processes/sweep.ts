/**
 * Kills all processes that carry a mark, in any group or session. A shell does this: it outlives this
 * process, and scans the machine's processes without blocking this one.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Traces } from './mark.ts';

/**
 * A shell function: kills processes that match $1 in their environment or $2 in their limits, including
 * those that they start in the meantime. Skips zombies.
 */
export const sweepFunction = `
sweep() {
  for round in 1 2 3 4 5 6 7 8 9 10; do
    found=
    for file in $(
      grep -lsF -e "$1" /proc/[0-9]*/environ 2>/dev/null
      grep -ls -e "$2" /proc/[0-9]*/limits 2>/dev/null
    ); do
      stray=\${file#/proc/}
      stray=\${stray%/*}
      { read -r stat <"/proc/$stray/stat"; } 2>/dev/null || continue
      case $stat in *") Z "*) continue ;; esac
      kill -s KILL "$stray" 2>/dev/null && found=yes
    done
    [ "$found" ] || break
    [ $round = 1 ] || sleep 0.01
  done
}
`;

/** The longest wait for a sweep on a slow system. */
const sweepMsMax = 1000;

/** Never rejects. */
export async function sweep({ environment, limit }: Traces): Promise<void> {
  if (!existsSync('/proc/self/environ')) return;
  const script = `${sweepFunction}\nsweep "$1" "$2"`;
  let shell: ChildProcess | undefined;
  try {
    shell = spawn('/bin/sh', ['-c', script, 'faultline-sweep', environment, limit], {
      detached: true,
      stdio: 'ignore',
    });
    shell.on('error', () => {});
    await once(shell, 'exit', { signal: AbortSignal.timeout(sweepMsMax) });
  } catch {
    // The reaper ends processes that were not found in time.
  }
  shell?.unref();
}
