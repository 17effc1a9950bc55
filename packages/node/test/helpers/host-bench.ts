/** A host without a process: it keeps what it sends, reports and logs, and its time is advanced manually. */
import { skewed } from '@faultline/clocks';
import { type Body, FrameReader, FrameWriter, type StampsToWrite } from '@faultline/protocol';
import { HostClock } from '../../src/host/clock.ts';
import { Host } from '../../src/host/host.ts';
import { seededRandom } from '../../src/host/random.ts';
import type { VirtualTimeout } from '../../src/host/virtual-timers.ts';
import type { Disk, LogLine } from '../../src/port.ts';

export interface Sent {
  readonly dest: string;
  readonly body: Body;
}

export interface BenchOptions {
  readonly id?: string;
  readonly incarnation?: number;
  readonly members?: readonly string[];
}

const noDisk: Disk = {
  append: () => {},
  read: () => [],
  sync: async () => {},
  replace: async () => {},
};

export class HostBench {
  readonly host: Host;
  readonly sent: Sent[] = [];
  readonly events: [name: string, data: unknown][] = [];
  readonly roles: (string | null)[] = [];
  readonly recorded: string[] = [];
  readonly forged: string[] = [];
  readonly logged: [level: string, message: string][] = [];
  trueMs = 0;
  /** Takes a message away before it is sent. */
  refuse: (body: Body) => void = () => {};
  readonly #timers: { dueMs: number; ms: number; run: () => void; isRepeating: boolean }[] = [];
  #seq = 0;
  readonly #writer = new FrameWriter();
  readonly #reader = new FrameReader();

  constructor({ id = 'n1', incarnation = 1, members = ['n1', 'n2', 'n3'] }: BenchOptions = {}) {
    const clock = new HostClock(
      id,
      skewed.perfect({ trueMs: 0, wallMs: 1e12 }),
      true,
      () => this.trueMs,
    );
    const line =
      (level: string): LogLine =>
      (facts: unknown, message?: string) =>
        void this.logged.push([level, message ?? String(facts)]);
    this.host = new Host({
      config: {
        id,
        incarnation,
        members,
        settings: { key: 'value' },
        seed: 'seed',
        linkUrl: '',
        diskDir: '',
        vector: true,
        incarnations: {},
        clock: skewed.perfect({ trueMs: 0, wallMs: 0 }),
        clocksToCome: [],
      },
      clock,
      timers: { start: (run, ms, isRepeating) => this.#start(run, ms, isRepeating) },
      random: seededRandom('seed', id, incarnation),
      disk: noDisk,
      log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') },
      send: (dest, body) => {
        this.refuse(body);
        this.sent.push({ dest, body });
      },
      reportBadSignature: (src, type) => this.forged.push(`${src} ${type}`),
      reportEvent: (name, data) => this.events.push([name, data]),
      reportRole: (role) => this.roles.push(role),
      recording: {
        received: ({ sender, seq }, did, { lamport }) =>
          this.recorded.push(`${sender} ${seq} ${did} @${lamport}`),
        handled: ({ sender, seq }, outcome, error) =>
          this.recorded.push(`${sender} ${seq} ${outcome}${error ? `: ${error}` : ''}`),
        local: (name, data, { lamport }) =>
          this.recorded.push(`${name} ${JSON.stringify(data)} @${lamport}`),
      },
    });
  }

  /** A message comes in; resolves once the host has done what it does at once. */
  async deliver(
    src: string,
    body: Body,
    { stamps, seq = ++this.#seq }: { stamps?: StampsToWrite; seq?: number } = {},
  ): Promise<void> {
    this.#writer.append(src, this.host.id, body, 1, seq, stamps);
    this.deliverFrame(this.#writer.take());
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** A message whose body is not JSON. */
  deliverGarbage(src: string): void {
    this.#writer.append(src, this.host.id, { type: 'x' }, 1, 1);
    const frame = this.#writer.take();
    frame[frame.length - 1] = 0x21;
    this.deliverFrame(frame);
  }

  /** A message whose signature the link has found to be wrong. */
  deliverForged(src: string, stamps: StampsToWrite): void {
    this.#writer.append(src, this.host.id, { type: 'x', msg_id: 1 }, 1, 1, stamps);
    this.#reader.open(this.#writer.take());
    this.#reader.next();
    this.host.receiveForged(this.#reader);
  }

  deliverFrame(frame: Buffer): void {
    this.#reader.open(frame);
    while (this.#reader.next()) this.host.receive(this.#reader);
  }

  /** The answer to the one request. */
  async ask(body: Body, src = 'n2'): Promise<Body> {
    const before = this.sent.length;
    await this.deliver(src, { msg_id: 7, ...body });
    const answers = this.sent.slice(before);
    if (answers.length !== 1 || answers[0]!.dest !== src) {
      throw new Error(`one answer to ${src} was expected, not ${JSON.stringify(answers)}`);
    }
    return answers[0]!.body;
  }

  pass(ms: number): void {
    const endMs = this.trueMs + ms;
    for (;;) {
      const [next] = [...this.#timers].sort((a, b) => a.dueMs - b.dueMs);
      if (next === undefined || next.dueMs > endMs) break;
      this.trueMs = next.dueMs;
      if (next.isRepeating) next.dueMs += next.ms;
      else this.#timers.splice(this.#timers.indexOf(next), 1);
      next.run();
    }
    this.trueMs = endMs;
  }

  get timersWaiting(): number {
    return this.#timers.length;
  }

  #start(run: () => void, ms: number, isRepeating: boolean): VirtualTimeout {
    const timer = { dueMs: this.trueMs + ms, ms, run, isRepeating };
    this.#timers.push(timer);
    const close = (): void => {
      const at = this.#timers.indexOf(timer);
      if (at >= 0) this.#timers.splice(at, 1);
    };
    return { close } as Partial<VirtualTimeout> as VirtualTimeout;
  }
}
