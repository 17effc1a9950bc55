/**
 * The parts of a cluster that have started so far. Each part is stored here as soon as it starts, so
 * that a shutdown at any moment finds everything to take down.
 */
import { deferred, FaultlineError } from '@faultline/protocol';
import type { Api } from '../api/server.ts';
import type { Cluster } from '../cluster.ts';
import type { Reaper } from '../processes/reaper.ts';
import { releaseCluster } from '../state/cluster-file.ts';
import type { History } from '../state/history.ts';
import type { Recorder } from '../state/recorder.ts';
import type { Settings } from './settings.ts';

export class Running {
  recorder?: Recorder;
  history?: History;
  cluster?: Cluster;
  api?: Api;
  readonly #settings: Settings;
  readonly #reaper: Reaper;
  readonly #isDown = deferred();
  #down: Promise<void> | undefined;

  constructor(settings: Settings, reaper: Reaper) {
    this.#settings = settings;
    this.#reaper = reaper;
  }

  /** Resolves when everything is down. */
  get isDown(): Promise<void> {
    return this.#isDown.promise;
  }

  /** A second call kills all processes without a grace period. */
  readonly down = (): Promise<void> => {
    if (this.#down !== undefined) this.cluster?.down().catch(() => {});
    this.#down ??= this.#takeDown();
    return this.#down;
  };

  /** Throws CLUSTER_STOPPING once the cluster is going down, or the signal has aborted. */
  requireNotStopping(signal: AbortSignal | undefined): void {
    if (this.#down === undefined && !signal?.aborted) return;
    const { name } = this.#settings;
    throw new FaultlineError('CLUSTER_STOPPING', `${name} was taken down before it was up`, {
      name,
    });
  }

  async #takeDown(): Promise<void> {
    try {
      await this.cluster?.down();
    } finally {
      await this.#reaper.done();
      await this.api?.close();
      this.recorder?.close();
      this.history?.close();
      releaseCluster(this.#settings.paths);
      this.#isDown.resolve();
    }
  }
}
