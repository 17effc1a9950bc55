/**
 * The event stream as server-sent events, for `curl -N` and a browser's EventSource. There is no queue
 * per reader: while its socket is full, events stay in the recorder's memory, which all readers share.
 * A reader that needs an event that is no longer in memory is disconnected.
 */
import type { ServerResponse } from 'node:http';
import type { ClusterEvent } from '@faultline/actions';
import type { Recorder } from '../state/recorder.ts';

export interface StreamOptions {
  /** Only events after the event of this number. */
  readonly since: number;
  /** False: ends with the latest event. */
  readonly follows: boolean;
}

export class ServerSentEvents {
  readonly #recorder: Recorder;
  readonly #response: ServerResponse;
  readonly #follows: boolean;
  readonly #stop: () => void;
  /** The number of the last event written. */
  #last: number;
  #isFull = false;

  constructor(recorder: Recorder, response: ServerResponse, { since, follows }: StreamOptions) {
    this.#recorder = recorder;
    this.#response = response;
    this.#follows = follows;
    this.#last = Math.max(since, recorder.firstKept - 1);
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
    });
    // So that a browser is connected before the first event.
    response.flushHeaders();
    this.#stop = recorder.listen(() => this.#write());
    response.on('close', this.#stop);
    response.on('drain', () => {
      this.#isFull = false;
      this.#write();
    });
    this.#write();
  }

  /** Resolves when all data has been sent, or the reader has disconnected. */
  end(): Promise<void> {
    const response = this.#response;
    this.#stop();
    if (response.writableFinished || response.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      response.on('close', resolve);
      response.end(resolve);
    });
  }

  #write(): void {
    if (this.#response.writableEnded) return;
    if (this.#recorder.firstKept > this.#last + 1) {
      this.#response.destroy();
      return;
    }
    if (this.#isFull) return;
    for (const event of this.#recorder.since(this.#last)) {
      this.#last = event.seq;
      this.#isFull = !this.#response.write(format(event));
      if (this.#isFull) return;
    }
    if (!this.#follows) void this.end();
  }
}

const format = (event: ClusterEvent): string =>
  `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`;
