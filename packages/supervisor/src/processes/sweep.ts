/**
 * Kills the processes that carry a mark, wherever they are. A shell does it, which outlives this process
 * and reads the processes of the machine while this one goes on.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Traces } from './mark.ts';

/**
 * A function of the shell: kills what has a text of $1 in its environment or a line of $2 among its
 * limits, and what that has started meanwhile. A process that is dead and waits for its parent is left.
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

/** A system that answers no sooner than this is not waited for. */
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
    // What it does not find in time, or cannot look for, stays for the reaper.
  }
  shell?.unref();
}
