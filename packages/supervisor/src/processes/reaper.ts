/**
 * Sees to it that nothing outlives the supervisor, however it ends.
 *
 * Nodes end when their channel to the supervisor closes, but a stopped process (SIGSTOP) cannot
 * notice that, and a foreign program may not care. So a tiny process in a session of its own is told
 * which process groups there are and waits on a pipe. When the pipe closes, because the supervisor
 * ended or was killed, it kills every group and removes the file by which the cluster is found, and
 * what a supervisor that was killed while it claimed the name has left beside it.
 *
 * A program may start something in a session of its own, which no group leads to. Whatever the cluster
 * starts carries a mark, so where the system shows such things (Linux) the reaper finds and kills that
 * too, also after an orderly end.
 *
 * It is a shell because one starts in a millisecond and holds no memory worth naming. A reaper that was
 * killed has a successor, and the supervisor may be killed the moment that one runs: so a reaper knows
 * from its birth what there is to kill, and the pipe carries only what changes. Its command line holds
 * the mark, which in its environment would make it a stray, and nothing that names the cluster: `pkill
 * -f` with a cluster's name or run must not kill its reaper as well.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { deferred } from '@faultline/protocol';
import { draftPath } from '../state/cluster-file.ts';
import { ClusterMark } from './mark.ts';
import { sweepFunction } from './sweep.ts';

const script = `${sweepFunction}
trap '' INT HUP TERM
groups=" $REAPER_GROUPS "
ending=dead
while read -r what which; do
  case $what in
    add) groups="$groups$which " ;;
    gone) groups="\${groups%% $which *} \${groups#* $which }" ;;
    done) ending=done; break ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
sweep "$1" "$2"
if [ $ending = dead ]; then
  rm -f -- "$REAPER_DRAFT"
  if grep -qsF -- "$REAPER_RUN" "$REAPER_FILE"; then rm -f -- "$REAPER_FILE"; fi
fi
`;

/** A reaper that is killed has a successor at once; one that cannot live is tried again less eagerly. */
const retryMs = 200;
const doneMsMax = 1000;

export class Reaper {
  readonly #clusterFile: string;
  readonly #run: string;
  readonly mark = new ClusterMark();
  readonly #groups = new Set<number>();
  #child: ChildProcess | undefined;
  #startedMs = 0;
  #isDone = false;
  readonly #ended = deferred();

  /** `run` stands in the cluster's file: a file that is another run's by now is left alone. */
  constructor(clusterFile: string, run: string) {
    this.#clusterFile = clusterFile;
    this.#run = run;
    this.#start();
  }

  add(group: number): void {
    this.#groups.add(group);
    this.#say(`add ${group}`);
  }

  gone(group: number): void {
    if (this.#groups.delete(group)) this.#say(`gone ${group}`);
  }

  /** The cluster has been taken down in order: resolves when the strays are gone too. */
  async done(): Promise<void> {
    this.#isDone = true;
    this.#say('done');
    this.#child?.stdin?.end();
    const timer = setTimeout(this.#ended.resolve, doneMsMax);
    await this.#ended.promise;
    clearTimeout(timer);
  }

  #start(): void {
    this.#startedMs = performance.now();
    const { environment, limit } = this.mark.traces;
    const child = spawn('/bin/sh', ['-c', script, 'faultline-reaper', environment, limit], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: {
        ...process.env,
        REAPER_FILE: this.#clusterFile,
        REAPER_DRAFT: draftPath(this.#clusterFile),
        REAPER_RUN: this.#run,
        REAPER_GROUPS: [...this.#groups].join(' '),
      },
    });
    this.#child = child;
    child.stdin.on('error', () => {});
    child.on('error', () => this.#again());
    child.on('exit', () => this.#again());
    child.unref();
  }

  #again(): void {
    if (this.#isDone) this.#ended.resolve();
    else if (performance.now() - this.#startedMs > retryMs) this.#start();
    else setTimeout(() => !this.#isDone && this.#start(), retryMs).unref();
  }

  #say(line: string): void {
    this.#child?.stdin?.write(`${line}\n`);
  }
}
