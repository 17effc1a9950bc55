/**
 * Client calls and their outcomes: `history.jsonl`, one line when a call begins and one when it ends.
 * Checks of a run read nothing else.
 *
 * A call that ends without a definite answer is `info`: it may have taken effect, or may still do so.
 * If the disk is full or the file too large, the file ends with a complete line.
 */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import {
  asFaultlineError,
  type CallResult,
  type FaultlineError,
  type HistoryEntry,
  maelstromErrors,
} from '@faultline/protocol';

const fileBytesMax = 256 * 1024 * 1024;

export interface HistoryOptions {
  readonly path: string;
  readonly epochMs: number;
  readonly trueNowMs: () => number;
  /** Called with each entry, including entries that no longer fit in the file. */
  readonly onEntry?: ((entry: HistoryEntry) => void) | undefined;
  /** Called once, when nothing more can be written. */
  readonly onStopped: (reason: string) => void;
}

export interface Operation {
  readonly client: string;
  readonly node: string;
  readonly request: { readonly type: string; readonly [key: string]: unknown };
}

type Fields = Omit<HistoryEntry, 'index' | 'atMs'>;

export class History {
  readonly #options: HistoryOptions;
  #file: number | undefined;
  #bytes = 0;
  #lastIndex = -1;

  constructor(options: HistoryOptions) {
    this.#options = options;
    this.#file = openSync(options.path, 'ax', 0o600);
  }

  /**
   * Makes the call. Records its start when the request is sent, and its outcome when it ends. A call
   * that is never sent is recorded as started and failed.
   */
  async observe(
    { client, node, request }: Operation,
    call: (onSent: (message: string) => void) => Promise<CallResult>,
  ): Promise<CallResult> {
    const { type: f } = request;
    let message: string | null = null;
    const write = (type: HistoryEntry['type'], body: object, error?: HistoryEntry['error']): void =>
      this.#record({
        type,
        process: client,
        f,
        value: withoutNumbers(body),
        node,
        message,
        ...(error === undefined ? {} : { error }),
      });
    try {
      const answer = await call((id) => {
        message = id;
        write('invoke', request);
      });
      write('ok', answer.body);
      return answer;
    } catch (thrown) {
      const error = asFaultlineError(thrown);
      if (message === null) write('invoke', request);
      write(message === null || isDefinite(error) ? 'fail' : 'info', request, {
        code: codeOf(error),
        text: error.message,
      });
      throw thrown;
    }
  }

  #record(fields: Fields): void {
    const { epochMs, trueNowMs, onStopped, onEntry } = this.#options;
    if (this.#file === undefined && onEntry === undefined) return;
    const atMs = Math.round((trueNowMs() - epochMs) * 1000) / 1000;
    const entry: HistoryEntry = { index: ++this.#lastIndex, atMs, ...fields };
    onEntry?.(entry);
    if (this.#file === undefined) return;
    const line = Buffer.from(`${JSON.stringify(entry)}\n`);
    try {
      if (this.#bytes + line.length > fileBytesMax) {
        throw new RangeError(`it has reached ${fileBytesMax} bytes`);
      }
      for (let at = 0; at < line.length; ) at += writeSync(this.#file, line, at);
      this.#bytes += line.length;
    } catch (error) {
      this.#endWhole(this.#file);
      onStopped((error as Error).message);
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** A disk that becomes full may have written a part of a line before the error. */
  #endWhole(file: number): void {
    try {
      ftruncateSync(file, this.#bytes);
    } catch {
      // Then the last line stays incomplete.
    }
    this.close();
  }
}

/** A request that was never sent had no effect; otherwise, only the answer can prove that. */
function isDefinite({ code, facts }: FaultlineError): boolean {
  return code === 'ROUTER_DOWN' || (code === 'CALL_REFUSED' && facts.isDefinite === true);
}

/** Maelstrom's number, if there is one. */
function codeOf({ code, facts }: FaultlineError): number | string {
  const { errorCode } = facts;
  if (typeof errorCode === 'number') return errorCode;
  return code === 'CALL_UNKNOWN' ? maelstromErrors.timeout : code;
}

function withoutNumbers(body: object): object {
  const {
    type: _type,
    msg_id: _id,
    in_reply_to: _reply,
    ...value
  } = body as Record<string, unknown>;
  return value;
}
