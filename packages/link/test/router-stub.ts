/** The far end of a link: a real server that notes what comes, and a link that notes what happens to it. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { FrameReader } from '@faultline/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import { Link, type LinkOptions, type UnsentReason } from '../src/index.ts';

/** Wakes all waiters for a condition, each time that something has happened. */
class Happenings {
  #wake: (() => void)[] = [];

  happened(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise<void>((resolve) => this.#wake.push(resolve));
  }
}

export class RouterStub extends Happenings implements AsyncDisposable {
  /** The numbers of the messages in each frame, in the order of arrival. */
  readonly frames: number[][] = [];
  /** What each connection said of itself when it joined. */
  readonly joins: URLSearchParams[] = [];
  socket!: WebSocket;
  #server!: WebSocketServer;
  #port = 0;

  static async open(): Promise<RouterStub> {
    const stub = new RouterStub();
    await stub.listen();
    return stub;
  }

  /** After `close` it listens on the same port again. */
  async listen(): Promise<void> {
    this.#server = new WebSocketServer({ host: '127.0.0.1', port: this.#port });
    this.#server.on('connection', (socket, request) => {
      this.socket = socket;
      this.joins.push(new URL(request.url!, 'ws://here').searchParams);
      socket.on('message', (data: Buffer) => this.#receive(data));
      socket.on('close', () => this.happened());
      this.happened();
    });
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}/link`;
  }

  get received(): number[] {
    return this.frames.flat();
  }

  async close(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #receive(data: Buffer): void {
    const reader = new FrameReader();
    const numbers: number[] = [];
    reader.open(data);
    while (reader.next()) numbers.push(reader.seq);
    this.frames.push(numbers);
    this.happened();
  }
}

export class TestLink extends Happenings implements Disposable {
  readonly link: Link;
  readonly unsent: { seq: number; reason: UnsentReason }[] = [];
  readonly downs: string[] = [];
  readonly received: number[] = [];

  constructor(url: string, options: Partial<LinkOptions> = {}) {
    super();
    this.link = new Link({
      url,
      name: 'n1',
      incarnation: 1,
      onMessage: ({ seq }) => {
        this.received.push(seq);
        this.happened();
      },
      onUp: () => this.happened(),
      onDown: (reason) => {
        this.downs.push(reason);
        this.happened();
      },
      onUnsent: (seq, reason) => {
        this.unsent.push({ seq, reason });
        this.happened();
      },
      ...options,
    });
  }

  static async up(stub: RouterStub, options?: Partial<LinkOptions>): Promise<TestLink> {
    const test = new TestLink(stub.url, options);
    await test.until(() => test.link.isUp);
    return test;
  }

  /** Sends this number of messages in this turn. */
  send(count: number, bytes = 10): void {
    const text = 'x'.repeat(bytes);
    for (let i = 0; i < count; i++) this.link.send('n2', { type: 'x', text });
  }

  get unsentNumbers(): number[] {
    return this.unsent.map(({ seq }) => seq);
  }

  [Symbol.dispose](): void {
    this.link.close();
  }
}

export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const upTo = (last: number, first = 1): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);
