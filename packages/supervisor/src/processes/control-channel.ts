/**
 * The supervisor's end of Node's IPC channel: JSON, one message per line, on the process's descriptor 3.
 * Node's own parser throws errors that cannot be caught, so a program that writes there by mistake (a
 * stale descriptor is enough) would crash the supervisor. Here, it only breaks its own channel.
 */
import type { Duplex } from 'node:stream';
import { printable } from '@faultline/protocol';

export interface ChannelOptions {
  readonly onMessage: (message: unknown) => void;
  /** Called at most once: the process can no longer be controlled. The subject of `reason` is the process. */
  readonly onBroken: (reason: string) => void;
}

/** The process's file descriptor. */
export const channelDescriptor = 3;

/** Describes the child's end of the channel to its Node. */
export const channelEnvironment = {
  NODE_CHANNEL_FD: String(channelDescriptor),
  NODE_CHANNEL_SERIALIZATION_MODE: 'json',
} as const;

/** Longer than any message of a host; a program's event may be large. */
const lineBytesMax = 32 * 1024 * 1024;
/** How long after its channel closes a process may exit: the exit is reported later. */
const exitMsMax = 1000;
const newline = 0x0a;
const shownCharsMax = 60;
const named = `its control channel (file descriptor ${channelDescriptor})`;

export class ControlChannel {
  readonly #socket: Duplex;
  readonly #options: ChannelOptions;
  #chunks: Buffer[] = [];
  #bytes = 0;
  #isClosing = false;
  #isBroken = false;
  /** Resolves when everything that the process sent has been received. */
  readonly hungUp: Promise<void>;

  /** `exited` resolves when the process has exited: from then on, the channel may close. */
  constructor(socket: Duplex, exited: Promise<unknown>, options: ChannelOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('error', () => {});
    socket.on('data', (data) => this.#receive(data));
    this.hungUp = new Promise((resolve) => socket.once('close', () => resolve()));
    let timer: NodeJS.Timeout | undefined;
    void this.hungUp.then(() => {
      if (this.#isClosing || this.#isBroken) return;
      timer = setTimeout(() => this.#break(`closed ${named}`), exitMsMax);
      timer.unref();
    });
    void exited.then(() => {
      this.#isClosing = true;
      clearTimeout(timer);
    });
  }

  /** Drops the message if the process has exited or is about to; its exit reports that. */
  send(message: object): void {
    if (this.#socket.writable) this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  /** The host and the router exit when their channel closes. */
  close(): void {
    this.#isClosing = true;
    this.#socket.end();
  }

  #receive(data: Buffer): void {
    let start = 0;
    for (;;) {
      if (this.#isBroken) return;
      const end = data.indexOf(newline, start);
      if (end < 0) break;
      this.#keep(data.subarray(start, end));
      start = end + 1;
      const line = Buffer.concat(this.#chunks).toString();
      this.#chunks = [];
      this.#bytes = 0;
      this.#read(line);
    }
    this.#keep(data.subarray(start));
  }

  #keep(chunk: Buffer): void {
    if (this.#isBroken || chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    if (this.#bytes > lineBytesMax) {
      this.#break(`wrote more than ${lineBytesMax} bytes without a line end to ${named}`);
    }
  }

  #read(line: string): void {
    if (this.#isBroken) return;
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      this.#break(
        `wrote ${JSON.stringify(shorten(line))} to ${named}, where only the SDK may write: check for a stale or wrong descriptor`,
      );
      return;
    }
    this.#options.onMessage(message);
  }

  #break(reason: string): void {
    this.#isBroken = true;
    this.#chunks = [];
    this.#socket.destroy();
    this.#options.onBroken(reason);
  }
}

function shorten(line: string): string {
  const shown = printable(line.slice(0, shownCharsMax));
  return line.length > shownCharsMax ? `${shown}…` : shown;
}
