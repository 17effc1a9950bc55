/**
 * A process's one connection to the router: a WebSocket that carries batches of envelopes both ways
 * and comes back by itself when the router does.
 *
 * - What is sent during one turn of the event loop leaves as one frame.
 * - While the router is away, messages are lost, as on a network that is down; the owner is told
 *   which, so that the recording can say so.
 * - A peer that does not read fills a bounded buffer here; what does not fit is lost too.
 */
import { WebSocket } from 'ws';
import { FaultlineError } from '../errors.ts';
import { type Body, frameBytesMax } from '../wire/envelope.ts';
import { FrameReader, FrameWriter, type StampsToWrite } from '../wire/frame.ts';

export type UnsentReason = 'router down' | 'overflow';

export interface LinkOptions {
  readonly url: string;
  readonly name: string;
  readonly incarnation: number;
  /** Called for each message; the reader's fields hold until it returns. */
  readonly onMessage: (message: FrameReader) => void;
  readonly onUp?: () => void;
  readonly onDown?: (reason: string) => void;
  /** A message with this number was lost before it left the process. */
  readonly onUnsent?: (seq: number, reason: UnsentReason) => void;
  /** Bytes that may wait to be written to the socket. */
  readonly bufferBytesMax?: number;
  /** Timers of true time, where the global ones follow a node's clock. */
  readonly setTimeout?: (callback: () => void, ms: number) => unknown;
}

const retryMs = 50;
const zeroMask = (mask: Buffer): void => {
  mask.fill(0);
};

export class Link {
  #options: LinkOptions;
  #url: string;
  #socket: WebSocket | undefined;
  #isUp = false;
  #isClosed = false;
  #flushPending = false;
  #seq = 0;
  readonly #writer = new FrameWriter();
  readonly #reader = new FrameReader();
  readonly #bufferBytesMax: number;

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#url = options.url;
    this.#bufferBytesMax = options.bufferBytesMax ?? 16 * 1024 * 1024;
    this.#connect();
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** The number of the last message that was sent, or tried to. */
  get seq(): number {
    return this.#seq;
  }

  /** Returns the message's sequence number. Throws where the message itself is wrong. */
  send(dest: string, body: Body, stamps?: StampsToWrite): number {
    const seq = this.#seq + 1;
    if (!this.#isUp) {
      this.#seq = seq;
      this.#options.onUnsent?.(seq, 'router down');
      return seq;
    }
    if (this.#writer.bytes + this.#socket!.bufferedAmount > this.#bufferBytesMax) {
      // Flushed first, so that what waits in the writer always has consecutive numbers.
      this.#flush();
      this.#seq = seq;
      this.#options.onUnsent?.(seq, 'overflow');
      return seq;
    }
    const { name, incarnation } = this.#options;
    this.#writer.append(name, dest, body, incarnation, seq, stamps);
    this.#seq = seq;
    if (this.#writer.bytes > batchBytes) this.#flush();
    else if (!this.#flushPending) {
      this.#flushPending = true;
      setImmediate(this.#onTurnEnd);
    }
    return seq;
  }

  /** Uses another address from now on. */
  redirect(url: string): void {
    this.#url = url;
    this.#socket?.terminate();
  }

  /** Sends what waits, then closes. */
  close(): void {
    this.#isClosed = true;
    this.#flush();
    this.#isUp = false;
    this.#socket?.close();
  }

  #onTurnEnd = (): void => {
    this.#flushPending = false;
    this.#flush();
  };

  #flush(): void {
    if (this.#writer.count === 0 || !this.#isUp) return;
    this.#socket!.send(this.#writer.take(), { binary: true, compress: false });
  }

  #connect(): void {
    const url = new URL(this.#url);
    url.searchParams.set('format', 'binary');
    url.searchParams.set('seq', String(this.#seq));
    const socket = new WebSocket(url, {
      perMessageDeflate: false,
      maxPayload: frameBytesMax,
      // Masking exists to keep browsers from fooling proxies; on loopback it only costs time.
      generateMask: zeroMask,
      skipUTF8Validation: true,
    });
    this.#socket = socket;
    let reason = 'the router is not there';
    socket.on('open', () => {
      this.#isUp = true;
      this.#options.onUp?.();
    });
    socket.on('message', (data: Buffer) => this.#receive(data));
    socket.on('error', (error) => {
      reason = error.message;
    });
    socket.on('close', (code, text) => {
      const wasUp = this.#isUp;
      this.#isUp = false;
      this.#loseUnflushed();
      if (this.#isClosed) return;
      if (wasUp) this.#options.onDown?.(text.toString() || `${reason} (${code})`);
      (this.#options.setTimeout ?? setTimeout)(() => {
        if (!this.#isClosed) this.#connect();
      }, retryMs);
    });
  }

  #loseUnflushed(): void {
    const count = this.#writer.count;
    if (count === 0) return;
    this.#writer.take();
    for (let seq = this.#seq - count + 1; seq <= this.#seq; seq++) {
      this.#options.onUnsent?.(seq, 'router down');
    }
  }

  #receive(data: Buffer): void {
    const reader = this.#reader;
    try {
      reader.open(data);
      while (reader.next()) this.#options.onMessage(reader);
    } catch (error) {
      if (!(error instanceof FaultlineError) || error.code !== 'BAD_FRAME') throw error;
      // The router is ours: a frame of its that cannot be read means that the stream is out of step.
      this.#socket?.terminate();
    }
  }
}

/** A batch is sent before the turn ends once it is this large. */
const batchBytes = 64 * 1024;
