/** Both ends of a node's process: the supervisor that started it, and the router that it joins. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { skewed } from '@faultline/clocks';
import {
  type Body,
  FrameReader,
  FrameWriter,
  type FromNode,
  type NodeConfig,
  type ToNode,
} from '@faultline/protocol';
import { trueNowMs } from '@faultline/recording';
import { type WebSocket, WebSocketServer } from 'ws';

export interface Received {
  readonly seq: number;
  readonly body: Body;
}

export class NodeProcess implements AsyncDisposable {
  readonly reports: FromNode[] = [];
  readonly received: Received[] = [];
  readonly exited: Promise<number | null>;
  output = '';
  socket: WebSocket | undefined;
  readonly #child: ChildProcess;
  #server: WebSocketServer;
  readonly #dir: string;
  #wake: (() => void)[] = [];
  #msgId = 0;
  /** Two messages of one number would be copies of each other. */
  #seq = 0;
  #pings = 0;

  constructor(bundle: string, program: string) {
    this.#dir = bundle.slice(0, bundle.lastIndexOf('/'));
    this.#child = spawn(process.execPath, [bundle, program], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    }
    this.#child.on('message', (message: FromNode) => {
      this.reports.push(message);
      this.#happened();
    });
    const { stdout } = this.#child;
    this.exited = Promise.all([once(this.#child, 'exit'), once(stdout!, 'close')]).then(
      ([[code]]) => code,
    );
    this.#server = this.#listen();
  }

  #listen(): WebSocketServer {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    server.on('connection', (socket) => {
      this.socket = socket;
      socket.on('message', (data: Buffer) => {
        const reader = new FrameReader();
        reader.open(data);
        while (reader.next()) this.received.push({ seq: reader.seq, body: reader.body() });
        this.#happened();
      });
      this.#happened();
    });
    return server;
  }

  async closeRouter(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Another router, at another address. */
  async replaceRouter(): Promise<void> {
    this.#server = this.#listen();
    await once(this.#server, 'listening');
    this.command({ to: 'link', linkUrl: this.linkUrl });
  }

  /** Starts the program, and waits until the process has reported that it is ready. */
  static async ready(bundle: string, program: string): Promise<NodeProcess> {
    const node = new NodeProcess(bundle, program);
    await node.start();
    await node.until(() => node.reports.some(({ from }) => from === 'ready'));
    return node;
  }

  get linkUrl(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/link`;
  }

  async start(config: Partial<NodeConfig> = {}): Promise<void> {
    if (this.#server.address() === null) await once(this.#server, 'listening');
    this.command({
      to: 'start',
      config: {
        id: 'n1',
        incarnation: 1,
        members: ['n1', 'n2'],
        incarnations: { n1: 1, n2: 1 },
        settings: {},
        seed: 'seed',
        linkUrl: this.linkUrl,
        diskDir: `${this.#dir}/disk`,
        vector: false,
        clock: skewed.perfect({ trueMs: trueNowMs(), wallMs: Date.now() }),
        clocksToCome: [],
        ...config,
      },
    });
  }

  command(message: ToNode): void {
    this.#child.send(message);
  }

  /** Resolves when the process has handled all commands so far: it handles them in order. */
  async hasHeard(): Promise<void> {
    const n = ++this.#pings;
    this.command({ to: 'ping', n });
    await this.until(() => this.reports.some((report) => report.from === 'pong' && report.n === n));
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Ends the channel, as the end of the supervisor does. */
  disconnect(): void {
    this.#child.disconnect();
  }

  send(body: Body, src = 'c1'): void {
    const writer = new FrameWriter();
    writer.append(src, 'n1', body, 1, ++this.#seq);
    this.socket!.send(writer.take());
  }

  async ask(type: string, fields: Readonly<Record<string, string | number>> = {}): Promise<Body> {
    const msg_id = ++this.#msgId;
    this.send({ type, msg_id, ...fields });
    let answer: Body | undefined;
    await this.until(() => {
      answer = this.received.find(({ body }) => body.in_reply_to === msg_id)?.body;
      return answer !== undefined;
    });
    return answer!;
  }

  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await new Promise<void>((resolve) => this.#wake.push(resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
    await this.closeRouter();
  }

  #happened(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
