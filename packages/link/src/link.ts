/**
 * A process's one connection to the router: a WebSocket that carries batches of envelopes both ways
 * and reconnects automatically when the router is back.
 *
 * - What is sent during one turn of the event loop leaves as one frame.
 * - While the router is away, messages are lost, as on a network that is down; the owner is notified
 *   which, so that the recording can say so.
 * - A router that does not read fills a bounded buffer here; what does not fit is lost too.
 */

import {
  type Body,
  FaultlineError,
  FrameReader,
  FrameWriter,
  frameBytesMax,
  type StampsToWrite,
} from '@faultline/protocol';
import { WebSocket } from 'ws';
import type { Signatures } from './signatures.ts';

export type UnsentReason = 'router down' | 'overflow';

export interface LinkOptions {
  readonly url: string;
  readonly name: string;
  readonly incarnation: number;
  /**
   * Called for each message; the reader's fields hold until it returns. A message that it refuses
   * with BAD_FRAME is passed over: its body was made by a member, not by the router.
   */
  readonly onMessage: (message: FrameReader) => void;
  readonly onUp?: () => void;
  readonly onDown?: (reason: string) => void;
  /** Signs what is sent, and takes only what is signed. */
  readonly signatures?: Signatures | undefined;
  /** Called with a message with a forged source or altered content; it is not delivered. */
  readonly onForged?: (message: FrameReader) => void;
  /** Called before a frame leaves. */
  readonly onFlush?: () => void;
  /** A message with this number was lost before it left the process. Each is reported once, in order. */
  readonly onUnsent?: (seq: number, reason: UnsentReason) => void;
  /** Bytes that may wait to be written to the socket. */
  readonly bufferBytesMax?: number;
}

const retryMs = 50;
/** A batch is sent before the turn ends once it is this large. */
const batchBytes = 64 * 1024;
/** Bound before a node's clock replaces the global timers: a link runs in true time. */
const later = setTimeout;
/** Masking exists to keep browsers from fooling proxies; on loopback it only costs time. */
const zeroMask = (mask: Buffer): void => {
  mask.fill(0);
};

export class Link {
  readonly #options: LinkOptions;
  #url: string;
  #socket!: WebSocket;
  #isClosed = false;
  #flushPending = false;
  #seq = 0;
  /** Messages of this turn. Their numbers are consecutive, and the last of them is `#seq`. */
  readonly #writer: FrameWriter;
  readonly #reader = new FrameReader();
  readonly #bufferBytesMax: number;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#url = options.url;
    this.#writer = new FrameWriter(options.signatures?.sign);
    this.#bufferBytesMax = options.bufferBytesMax ?? 16 * 1024 * 1024;
    this.#connect();
  }

  get isUp(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** The number of the last message that was sent, or tried to. */
  get seq(): number {
    return this.#seq;
  }

  /** Returns the message's sequence number. Throws where the message itself is wrong. */
  send(dest: string, body: Body, stamps?: StampsToWrite): number {
    if (!this.isUp) return this.#lose('router down');
    if (this.#writer.bytes + this.#socket.bufferedAmount > this.#bufferBytesMax) {
      return this.#lose('overflow');
    }
    const { name, incarnation } = this.#options;
    const seq = this.#seq + 1;
    this.#writer.append(name, dest, body, incarnation, seq, stamps);
    this.#seq = seq;
    if (this.#writer.bytes > batchBytes) this.flush();
    else if (!this.#flushPending) {
      this.#flushPending = true;
      setImmediate(this.#onTurnEnd);
    }
    return seq;
  }

  /** Uses another address from now on. */
  redirect(url: string): void {
    this.#url = url;
    this.#socket.terminate();
  }

  /** Sends what waits, then closes. */
  close(): void {
    this.#isClosed = true;
    this.flush();
    this.#socket.close();
  }

  #onTurnEnd = (): void => {
    this.#flushPending = false;
    this.flush();
  };

  /** The next number is that of a message which goes nowhere. */
  #lose(reason: UnsentReason): number {
    // What waits has lower numbers, and is sent or lost before.
    this.flush();
    const seq = ++this.#seq;
    this.#options.onUnsent?.(seq, reason);
    return seq;
  }

  /** Sends what was gathered in this turn. A socket that closes would drop it silently: it gets none. */
  flush(): void {
    const { count } = this.#writer;
    if (count === 0) return;
    const frame = this.#writer.take();
    if (this.isUp) {
      this.#options.onFlush?.();
      this.#socket.send(frame, { binary: true, compress: false });
      return;
    }
    for (let seq = this.#seq - count + 1; seq <= this.#seq; seq++) {
      this.#options.onUnsent?.(seq, 'router down');
    }
  }

  #connect(): void {
    const url = new URL(this.#url);
    url.searchParams.set('format', 'binary');
    url.searchParams.set('seq', String(this.#seq));
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      maxPayload: frameBytesMax,
      generateMask: zeroMask,
      skipUTF8Validation: true,
    });
    this.#socket = socket;
    let wasUp = false;
    let reason = 'the router is not running';
    socket.on('open', () => {
      wasUp = true;
      this.#options.onUp?.();
    });
    socket.on('message', (data: Buffer) => this.#receive(data));
    socket.on('error', (error) => {
      reason = error.message;
    });
    socket.on('close', (code, text) => {
      this.flush();
      if (this.#isClosed) return;
      later(() => {
        if (!this.#isClosed) this.#connect();
      }, retryMs);
      if (wasUp) this.#options.onDown?.(text.toString() || `${reason} (${code})`);
    });
  }

  #receive(data: Buffer): void {
    try {
      this.#reader.open(data);
      while (this.#reader.next()) this.#deliver(this.#reader);
    } catch (error) {
      if (!isBadFrame(error)) throw error;
      // The router is ours: a frame of its that cannot be read means that the stream is out of step.
      this.#socket.terminate();
    }
  }

  #deliver(reader: FrameReader): void {
    const { signatures, onForged, onMessage } = this.#options;
    try {
      if (signatures !== undefined && !signatures.verifies(reader)) onForged?.(reader);
      else onMessage(reader);
    } catch (error) {
      if (!isBadFrame(error)) throw error;
    }
  }
}

function isBadFrame(error: unknown): boolean {
  return error instanceof FaultlineError && error.code === 'BAD_FRAME';
}
