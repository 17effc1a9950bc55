/**
 * Gathers what leaves during one turn of the event loop. It leaves at the end of the turn, after its
 * records are written.
 *
 * A *run* is a range of a frame whose messages go to one inbox untouched; it is copied as one block.
 */
import { type FrameReader, frameBytesMax } from '@faultline/protocol';
import type { Inbox } from './inbox.ts';
import type { TraceWriter } from './trace-writer.ts';

interface Run {
  readonly inbox: Inbox;
  readonly buffer: Buffer;
  readonly start: number;
  end: number;
  /** How far it may grow before the inbox must be checked for room again. */
  readonly endMax: number;
  count: number;
}

export class Turn {
  readonly #trace: TraceWriter | null;
  readonly #toFlush = new Set<Inbox>();
  #run: Run | undefined;
  #isEndScheduled = false;

  constructor(trace: TraceWriter | null) {
    this.#trace = trace;
  }

  /** Adds the reader's message to the run; false if it does not continue the run. */
  extendRun(inbox: Inbox, reader: FrameReader): boolean {
    const run = this.#run;
    if (
      run?.inbox !== inbox ||
      run.end !== reader.start ||
      run.buffer !== reader.buffer ||
      reader.end > run.endMax
    ) {
      return false;
    }
    run.end = reader.end;
    run.count++;
    return true;
  }

  /** Begins a run with the reader's message; it may grow to `bytesMax`. The run before has ended. */
  startRun(inbox: Inbox, { buffer, start, end }: FrameReader, bytesMax: number): void {
    this.#run = { inbox, buffer, start, end, endMax: start + bytesMax, count: 1 };
  }

  endRun(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#run = undefined;
    this.gather(run.inbox, run.buffer, run.start, run.end, run.count);
  }

  /** Gathers encoded messages for an inbox; a frame that would be too large leaves first. */
  gather(inbox: Inbox, buffer: Buffer, start: number, end: number, count: number): void {
    if (inbox.gatheredBytes > 0 && inbox.gatheredBytes + end - start > frameBytesMax) {
      this.#trace?.flush();
      inbox.flush();
    }
    inbox.push(buffer, start, end, count);
    this.#toFlush.add(inbox);
  }

  scheduleEnd(): void {
    if (this.#isEndScheduled) return;
    this.#isEndScheduled = true;
    setImmediate(this.#onEnd);
  }

  #onEnd = (): void => {
    this.#isEndScheduled = false;
    this.end();
  };

  /** Writes the records and sends the frames. */
  end(): void {
    this.endRun();
    this.#trace?.flush();
    for (const inbox of this.#toFlush) inbox.flush();
    this.#toFlush.clear();
  }
}
