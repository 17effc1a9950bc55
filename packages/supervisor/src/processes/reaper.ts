/**
 * Ensures that nothing outlives the supervisor, however it ends.
 *
 * Nodes exit when their channel to the supervisor closes, but a stopped process (SIGSTOP) cannot notice
 * that, and a foreign program may ignore it. So a small process in its own session keeps the list of
 * process groups and waits on a pipe. When the pipe closes, because the supervisor exited or was killed,
 * it kills every group and removes the cluster file, and the draft of a supervisor that was killed while
 * it claimed the name.
 *
 * A program may start processes in their own session, outside all groups. All processes of a cluster
 * carry a mark, so on Linux, where it is visible, the reaper finds and kills these too, also after an
 * orderly shutdown.
 *
 * It is a shell, which starts in a millisecond and uses little memory. If a reaper is killed, a successor
 * starts, and the supervisor may be killed at that moment: so a reaper gets the list at its start, and
 * the pipe only carries changes. The mark is in its command line, because in its environment it would
 * make the reaper kill itself. Nothing there names the cluster: `pkill -f` with the name of a cluster or
 * run must not kill its reaper.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { deferred } from '@faultline/protocol';
import { draftPath } from '../state/cluster-file.ts';
import { ClusterMark } from './mark.ts';
import { sweepFunction } from './sweep.ts';

const script = `${sweepFunction}
trap '' INT HUP TERM
groups=" $REAPER_GROUPS "
exit_kind=dead
while read -r what which; do
  case $what in
    add) groups="$groups$which " ;;
    gone) groups="\${groups%% $which *} \${groups#* $which }" ;;
    done) exit_kind=done; break ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
sweep "$1" "$2"
if [ $exit_kind = dead ]; then
  rm -f -- "$REAPER_DRAFT"
  if grep -qsF -- "$REAPER_RUN" "$REAPER_FILE"; then rm -f -- "$REAPER_FILE"; fi
fi
`;

/** A killed reaper is replaced at once; one that fails sooner than this is retried after this delay. */
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

  /** `run`: the run named in the cluster's file; the file of another run is not removed. */
  constructor(clusterFile: string, run: string) {
    this.#clusterFile = clusterFile;
    this.#run = run;
    this.#start();
  }

  add(group: number): void {
    this.#groups.add(group);
    this.#send(`add ${group}`);
  }

  gone(group: number): void {
    if (this.#groups.delete(group)) this.#send(`gone ${group}`);
  }

  /** Called after an orderly shutdown. Resolves when all stray processes are gone too. */
  async done(): Promise<void> {
    this.#isDone = true;
    this.#send('done');
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
    child.on('error', () => this.#restart());
    child.on('exit', () => this.#restart());
    child.unref();
  }

  #restart(): void {
    if (this.#isDone) this.#ended.resolve();
    else if (performance.now() - this.#startedMs > retryMs) this.#start();
    else setTimeout(() => !this.#isDone && this.#start(), retryMs).unref();
  }

  #send(line: string): void {
    this.#child?.stdin?.write(`${line}\n`);
  }
}
