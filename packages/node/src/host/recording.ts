/**
 * What a node puts into the run's recording: what it received and what it did with it, when handlers
 * ended, and what its program reported. A send needs no record here: its stamps travel with the message,
 * and the router writes them down.
 *
 * Records gather in memory and are written before anything leaves the process that could follow from
 * them: a frame, a report to the supervisor, a record of the program's disk. So a node that is killed
 * has recorded whatever had an effect outside. A node that hangs in a handler is killed with more to
 * record, so a reception is written before the handler runs, unless something was written in the last
 * moment; a flood of messages is not to become a flood of writes.
 */
import type {
  FrameReader,
  HandlerOutcome,
  NodeConfig,
  Reception,
  StampsToWrite,
} from '@faultline/protocol';
import {
  type Discarded,
  RecordFiles,
  recordBytesMaxWith,
  writeHandledRecord,
  writeLocalRecord,
  writeNodeRecord,
  writeReceiveRecord,
} from '@faultline/recording';

const filesMax = 4;
/** A reception that comes so soon after a write waits for the next one. */
const momentMs = 1;

/** Whose message it was that a handler got. */
export interface MessageOrigin {
  readonly sender: string;
  readonly incarnation: number;
  readonly seq: number;
}

export interface NodeRecordingOptions {
  readonly config: Pick<NodeConfig, 'id' | 'incarnation'>;
  readonly dir: string;
  readonly bytesMax: number;
  readonly trueNow: () => number;
  /** Called once, when nothing more can be recorded. */
  readonly onStopped: (error: NodeJS.ErrnoException) => void;
  /** Called when the oldest part was removed for the size limit. */
  readonly onDiscarded: (discarded: Discarded) => void;
}

export class NodeRecording {
  readonly #files: RecordFiles;
  readonly #trueNow: () => number;
  #writtenMs = Number.NEGATIVE_INFINITY;
  #isFlushPending = false;

  constructor(options: NodeRecordingOptions) {
    const { config, dir, bytesMax, trueNow, onStopped, onDiscarded } = options;
    const { id, incarnation } = config;
    this.#trueNow = trueNow;
    this.#files = new RecordFiles({
      dir,
      series: `trace-${id}.${incarnation}`,
      // A node that restarts repeatedly has one limit.
      family: `trace-${id}.`,
      head: (buffer, start) =>
        writeNodeRecord(buffer, start, { name: id, incarnation, atMs: trueNow() }),
      fileBytesMax: Math.max(64 * 1024, bytesMax / filesMax),
      filesMax,
      onStopped,
      onDiscarded,
    });
  }

  /** The id of a message is its real sender's, whatever source it claims. */
  received({ sender, incarnation, seq }: FrameReader, did: Reception, stamps: StampsToWrite): void {
    const files = this.#files;
    if (!files.isRecording) return;
    const word = files.word(sender);
    const start = files.reserve(recordBytesMaxWith(stamps));
    files.commit(writeReceiveRecord(files.buffer, start, did, word, incarnation, seq, stamps));
    const { trueMs } = stamps;
    if (did === 'handled' && trueMs - this.#writtenMs > momentMs) {
      this.#writtenMs = trueMs;
      files.flush();
    } else this.#flushLater();
  }

  handled({ sender, incarnation, seq }: MessageOrigin, outcome: HandlerOutcome, error = ''): void {
    const files = this.#files;
    if (!files.isRecording) return;
    const word = files.word(sender);
    const start = files.reserve(recordBytesMaxWith());
    const atMs = this.#trueNow();
    files.commit(
      writeHandledRecord(files.buffer, start, outcome, word, incarnation, seq, atMs, error),
    );
    this.#flushLater();
  }

  /** Throws TypeError if the data is not JSON. */
  local(name: string, data: object, stamps: StampsToWrite): void {
    const files = this.#files;
    if (!files.isRecording) return;
    const start = files.reserve(recordBytesMaxWith(stamps));
    files.commit(writeLocalRecord(files.buffer, start, name, data, stamps));
    this.#flushLater();
  }

  readonly flush = (): void => this.#files.flush();

  #flushLater(): void {
    if (this.#isFlushPending) return;
    this.#isFlushPending = true;
    setImmediate(this.#onTurnEnd);
  }

  readonly #onTurnEnd = (): void => {
    this.#isFlushPending = false;
    this.#files.flush();
  };
}
