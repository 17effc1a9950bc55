/**
 * Sees to it that nothing outlives the supervisor, however it ends.
 *
 * Nodes end when their channel to the supervisor closes, but a stopped process (SIGSTOP) cannot
 * notice that, and a foreign program may not care. So a tiny process in a session of its own is told
 * which process groups there are and waits on a pipe. When the pipe closes, because the supervisor
 * ended or was killed, it kills every group and removes the file by which the cluster is found.
 *
 * It is a shell because one starts in a millisecond and holds no memory worth naming; its script is
 * fixed, and everything that varies comes as an argument or a line of input.
 */

import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';

const script = `
trap '' INT HUP TERM
groups=' '
while read -r what group; do
  case $what in
    add) groups="$groups$group " ;;
    gone) groups="\${groups%% $group *} \${groups#* $group }" ;;
    done) exit 0 ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
rm -f -- "$1"
`;

export class Reaper {
  readonly #clusterFile: string;
  readonly #groups = new Set<number>();
  #child: ChildProcess | undefined;
  #isDone = false;

  constructor(clusterFile: string) {
    this.#clusterFile = clusterFile;
    this.#start();
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  add(group: number): void {
    this.#groups.add(group);
    this.#say(`add ${group}`);
  }

  gone(group: number): void {
    if (this.#groups.delete(group)) this.#say(`gone ${group}`);
  }

  /** The cluster has been taken down in order; the reaper ends. */
  done(): void {
    this.#isDone = true;
    this.#say('done');
    this.#child?.stdin?.end();
  }

  #start(): void {
    const child = spawn('/bin/sh', ['-c', script, 'faultline-reaper', this.#clusterFile], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#child = child;
    child.stdin.on('error', () => {});
    child.on('error', () => {});
    // Somebody may kill the reaper; then another one takes over.
    child.on('exit', () => {
      if (!this.#isDone) setTimeout(() => this.#start(), 50);
    });
    child.unref();
    for (const group of this.#groups) this.#say(`add ${group}`);
  }

  #say(line: string): void {
    this.#child?.stdin?.write(`${line}\n`);
  }
}
