/**
 * What goes to one endpoint: the socket, if there is one, and the copies that wait for it.
 *
 * A process that does not read (paused, slow, blocked) first fills its socket. From then on messages
 * wait in the *backlog* here, still recorded as waiting, so that `delivered` in a recording means
 * that the receiver's own socket had room for it. Everything that waits counts against one bound.
 */
import { FrameReader, FrameWriter } from '@faultline/protocol';
import type { WebSocket } from 'ws';
import type { InFlightCopy } from './in-flight-copy.ts';

/** Bytes handed to a socket, over which more wait in the backlog. */
const socketBytesMax = 1024 * 1024;

export class Inbox {
  /** Bytes that are delayed, held or in the backlog. */
  waitingBytes = 0;
  /** Bytes that rules which are gone have delayed. They take no room from what comes now. */
  orphanBytes = 0;
  readonly backlog: InFlightCopy[] = [];
  /** It had no room for the last copy. */
  isOverflowing = false;
  #socket: WebSocket | undefined;
  #isText = false;
  #onRoom: () => void = () => {};
  readonly #writer = new FrameWriter();

  get isUp(): boolean {
    return this.#socket !== undefined;
  }

  get socket(): WebSocket | undefined {
    return this.#socket;
  }

  get queuedBytes(): number {
    return this.waitingBytes + this.#socketBytes;
  }

  get #socketBytes(): number {
    return this.#writer.bytes + (this.#socket?.bufferedAmount ?? 0);
  }

  /** Bytes that wait for the next flush. */
  get gatheredBytes(): number {
    return this.#writer.bytes;
  }

  /** Bytes that may be handed to the socket now. */
  get room(): number {
    return socketBytesMax - this.#socketBytes;
  }

  get hasRoom(): boolean {
    return this.room > 0;
  }

  /** Whether a copy can go to the socket now without passing another one. */
  get isOpen(): boolean {
    return this.backlog.length === 0 && this.hasRoom;
  }

  /** `onRoom` is called each time that the socket has written something. */
  attach(socket: WebSocket, isText: boolean, onRoom: () => void): void {
    this.#socket = socket;
    this.#isText = isText;
    this.#onRoom = onRoom;
  }

  detach(): void {
    this.#socket = undefined;
    if (this.#writer.count > 0) this.#writer.take();
  }

  /** Gathers encoded envelopes for the next flush. */
  push(buffer: Buffer, start: number, end: number, count: number): void {
    this.#writer.appendEncoded(buffer, start, end, count);
  }

  flush(): void {
    if (this.#writer.count === 0 || this.#socket === undefined) return;
    const frame = this.#writer.take();
    if (!this.#isText) {
      this.#socket.send(frame, { binary: true, compress: false }, this.#onRoom);
      return;
    }
    const reader = new FrameReader();
    reader.open(frame);
    while (reader.next()) this.#socket.send(asText(reader), this.#onRoom);
  }
}

/**
 * The envelope as a text frame. A body that is not JSON is passed on as a string: pasted in as it is, it
 * could close its place in the envelope and write another `src` behind it.
 */
function asText({ src, dest, buffer, bodyAt, end }: FrameReader): string {
  const body = buffer.toString('utf8', bodyAt, end);
  const json = isJson(body) ? body : JSON.stringify(body);
  return `{"src":${JSON.stringify(src)},"dest":${JSON.stringify(dest)},"body":${json}}`;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
