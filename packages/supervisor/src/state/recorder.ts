/**
 * The events of a run, in order. Each is written to `events.jsonl` and passed to all listeners as it
 * happens; the latest stay in memory for late listeners.
 *
 * If the disk is full or the file too large, the file ends with a complete line and an event reports
 * it. The cluster continues.
 */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { ClusterEvent, EventFacts, EventKind } from '@faultline/actions';
import { isDeeperThan, jsonBytes, jsonDepthMax } from '@faultline/protocol';

const eventsKept = 5000;
const fileBytesMax = 256 * 1024 * 1024;
/** A program may put anything into an event: if it is longer, only its short facts are recorded. */
const eventBytesMax = 64 * 1024;
const shortBytesMax = 1024;

export type EventListener = (event: ClusterEvent) => void;

export interface RecorderOptions {
  readonly path: string;
  readonly epoch: { readonly trueMs: number; readonly wallMs: number };
  readonly trueNowMs: () => number;
}

export class Recorder {
  readonly #options: RecorderOptions;
  readonly #latest: ClusterEvent[] = [];
  readonly #listeners = new Set<EventListener>();
  #file: number | undefined;
  #fileBytes = 0;
  #seq = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#file = openSync(options.path, 'ax', 0o600);
  }

  /** `atTrueMs`: when it happened (default: now). */
  record<K extends EventKind>(
    kind: K,
    node: string | null,
    facts: EventFacts[K],
    atTrueMs = this.#options.trueNowMs(),
  ): void {
    const { epoch } = this.#options;
    const atMs = atTrueMs - epoch.trueMs;
    const envelope = {
      seq: ++this.#seq,
      atMs: Math.round(atMs * 1000) / 1000,
      time: new Date(epoch.wallMs + atMs).toISOString(),
      kind,
      node,
    };
    let kept: object = isDeeperThan(facts, jsonDepthMax)
      ? shortened(facts, jsonBytes(facts))
      : facts;
    let line = formatLine({ ...envelope, facts: kept });
    if (line.length > eventBytesMax) {
      kept = shortened(kept, line.length);
      line = formatLine({ ...envelope, facts: kept });
    }
    // The signature ensures that the facts match the kind; TypeScript cannot follow that here.
    const event = { ...envelope, facts: kept } as ClusterEvent;
    this.#latest.push(event);
    if (this.#latest.length > 2 * eventsKept) this.#latest.splice(0, eventsKept);
    const problem = this.#write(line);
    for (const listener of this.#listeners) listener(event);
    if (problem !== undefined) this.record('recording.stopped', null, { reason: problem });
  }

  /** The number of the oldest event in memory, or of the next event if there is none. */
  get firstKept(): number {
    return this.#latest[0]?.seq ?? this.#seq + 1;
  }

  /** The events in memory after the one of this number. */
  since(seq: number): ClusterEvent[] {
    return this.#latest.slice(Math.max(0, seq + 1 - this.firstKept));
  }

  listen(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** Returns why the write failed; after that, nothing more is written. Undefined: no failure. */
  #write(line: Buffer): string | undefined {
    if (this.#file === undefined) return undefined;
    try {
      if (this.#fileBytes + line.length > fileBytesMax) {
        throw new RangeError(`it has reached ${fileBytesMax} bytes`);
      }
      // A disk that becomes full may write a part of the line before the error.
      for (let at = 0; at < line.length; ) at += writeSync(this.#file, line, at);
      this.#fileBytes += line.length;
      return undefined;
    } catch (error) {
      this.#truncate(this.#file);
      this.close();
      return (error as Error).message;
    }
  }

  #truncate(file: number): void {
    try {
      ftruncateSync(file, this.#fileBytes);
    } catch {
      // Then the last line stays incomplete.
    }
  }
}

const formatLine = (event: object): Buffer => Buffer.from(`${JSON.stringify(event)}\n`);

/** Drops the facts that make it long or deep. */
function shortened(facts: object, bytes: number): object {
  const short = Object.entries(facts).filter(
    ([, fact]) =>
      !isDeeperThan(fact, jsonDepthMax) &&
      Buffer.byteLength(JSON.stringify(fact) ?? '') <= shortBytesMax,
  );
  return { ...Object.fromEntries(short), leftOutBytes: bytes };
}
