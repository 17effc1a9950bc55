/**
 * The recording of a router: what became of each copy of each message, who came and went, and which
 * rules there were. Records gather during one turn of the event loop and are written before the
 * turn's frames leave.
 */
import { mkdirSync } from 'node:fs';
import {
  type Discarded,
  type FateToWrite,
  fateRecordBytesMax,
  linkRecordBytes,
  RecordFiles,
  type RuleToWrite,
  recordBytesMaxWith,
  startRecordBytes,
  writeFateRecord,
  writeLinkRecord,
  writeRuleRecord,
  writeStartRecord,
} from '@faultline/recording';

export interface TraceWriterOptions {
  readonly dir: string;
  readonly fileBytesMax?: number;
  readonly filesMax?: number;
  /** Called once, when nothing more can be recorded. */
  readonly onStopped: (error: NodeJS.ErrnoException) => void;
  /** Called when the oldest files were removed for the size limit. */
  readonly onDiscarded?: (discarded: Discarded) => void;
}

export class TraceWriter {
  readonly #files: RecordFiles;

  constructor({ dir, fileBytesMax, filesMax, onStopped, onDiscarded }: TraceWriterOptions) {
    mkdirSync(dir, { recursive: true });
    this.#files = new RecordFiles({
      dir,
      series: 'trace',
      fileBytesMax: fileBytesMax ?? 128 * 1024 * 1024,
      filesMax: filesMax ?? 8,
      onStopped,
      ...(onDiscarded === undefined ? {} : { onDiscarded }),
    });
  }

  get isRecording(): boolean {
    return this.#files.isRecording;
  }

  /** The number by which records refer to a text; 0 for the empty one. */
  word(text: string): number {
    return this.#files.word(text);
  }

  fate(record: FateToWrite): void {
    const files = this.#files;
    const start = files.reserve(fateRecordBytesMax(record));
    files.commit(writeFateRecord(files.buffer, start, record));
  }

  link(up: boolean, name: string, incarnation: number, seq: number, atMs: number): void {
    const files = this.#files;
    const link = { up, name: files.word(name), incarnation, seq, atMs };
    const start = files.reserve(linkRecordBytes);
    files.commit(writeLinkRecord(files.buffer, start, link));
  }

  rule(rule: RuleToWrite): void {
    const files = this.#files;
    const start = files.reserve(recordBytesMaxWith());
    files.commit(writeRuleRecord(files.buffer, start, rule));
  }

  /** A router process begins. */
  start(atMs: number): void {
    const files = this.#files;
    files.commit(writeStartRecord(files.buffer, files.reserve(startRecordBytes), atMs));
    files.flush();
  }

  flush(): void {
    this.#files.flush();
  }
}
