/** A router in this process, with real sockets and a real recording, and members to talk through it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Link, linkUrl, Signatures, signingKeys } from '@faultline/link';
import {
  type Body,
  type FateEvent,
  type FrameReader,
  FrameWriter,
  type InFlight,
  type InstalledRuleData,
  type LinkClosed,
  type Member,
  type RouterEvent,
  type RuleSpec,
  type TraceEvent,
} from '@faultline/protocol';
import { TraceReader, trueNowMs } from '@faultline/recording';
import { expel, type LinkServer, listen, type OnDown } from '../../src/server.ts';
import { Switchboard } from '../../src/switchboard.ts';
import { TraceWriter } from '../../src/trace-writer.ts';

const secret = 'a secret of tests';
const isClient = (name: string): boolean => name.startsWith('c');

export interface Received {
  readonly src: string;
  readonly body: Body;
  readonly atMs: number;
}

export interface NetworkOptions {
  readonly seed?: string;
  readonly queueBytesMax?: number;
  readonly members?: readonly string[];
  /** Members sign what they send. */
  readonly sign?: boolean;
  readonly traceBodyBytesMax?: number;
  /** Default: true time. */
  readonly now?: () => number;
}

export class Network implements AsyncDisposable {
  readonly dir = mkdtempSync(join(tmpdir(), 'faultline-router-'));
  readonly events: RouterEvent[] = [];
  /** Connections that have ended. */
  readonly closed: (LinkClosed & { readonly name: string })[] = [];
  readonly #report = (report: RouterEvent): void => void this.events.push(report);
  readonly #onDown: OnDown = ({ name }, closed) => void this.closed.push({ name, ...closed });
  readonly switchboard: Switchboard;
  readonly trace: TraceWriter;
  server!: LinkServer;
  readonly #members: Member[];
  readonly #sign: boolean;
  readonly #ends: End[] = [];
  #rules: InstalledRuleData[] = [];
  readonly #writer = new FrameWriter();
  #lastSeq = 0;
  #lastRule = 0;

  constructor({
    seed = 'test',
    queueBytesMax = 1e6,
    members = ['n1', 'n2', 'n3'],
    sign = false,
    traceBodyBytesMax = 0,
    now = trueNowMs,
  }: NetworkOptions = {}) {
    this.#members = members.map((name) => ({
      name,
      kind: name.startsWith('c') ? 'client' : 'node',
      incarnation: 1,
    }));
    this.trace = new TraceWriter({
      dir: this.dir,
      onStopped: ({ code = '', message }) =>
        this.#report({ kind: 'trace.stopped', node: null, facts: { code, reason: message } }),
    });
    this.switchboard = new Switchboard({
      seed,
      now,
      trace: this.trace,
      traceBodyBytesMax,
      queueBytesMax,
      onEvent: this.#report,
      ...(sign ? { signatures: Signatures.ofInsider(secret, 'router', isClient) } : {}),
    });
    this.#sign = sign;
    this.switchboard.setMembers(this.#members);
  }

  static async open(options?: NetworkOptions): Promise<Network> {
    const network = new Network(options);
    network.server = await listen({
      port: 0,
      secret,
      sign: network.#sign,
      switchboard: network.switchboard,
      onUp: () => {},
      onDown: network.#onDown,
      onEvent: network.#report,
    });
    return network;
  }

  /** The address of a member; of another incarnation than its current one where that is asked for. */
  url(name: string, incarnation = 1): string {
    return linkUrl(this.server.port, secret, name, incarnation);
  }

  async join(name: string): Promise<End> {
    const end = new End(name, this.url(name), this.#signatures(name));
    this.#ends.push(end);
    await end.isUp;
    return end;
  }

  #signatures(name: string): Signatures | undefined {
    if (!this.#sign) return undefined;
    if (isClient(name)) return Signatures.ofInsider(secret, name, isClient);
    const nodes = this.#members.map((member) => member.name).filter((each) => !isClient(each));
    return Signatures.ofNode(() => signingKeys(secret, name, nodes));
  }

  /** Adds a rule; returns its id. */
  rule(spec: RuleSpec): string {
    // As in a cluster, no id is used again.
    const id = `r${++this.#lastRule}`;
    this.#rules.push({ id, spec: { settings: {}, ...spec }, expiresAtMs: null });
    this.switchboard.setRules(this.#rules);
    return id;
  }

  /** A message from a member whose process did not join. */
  route(src: string, dest: string, type: string): void {
    this.#writer.append(src, dest, { type }, 0, ++this.#lastSeq);
    this.switchboard.route(this.switchboard.member(src)!, this.#writer.take());
  }

  heal({ drop = false } = {}): InFlight {
    this.#rules = [];
    return this.switchboard.setRules([], drop);
  }

  /** Removes the rules with these ids. */
  unlink(...ids: readonly string[]): InFlight {
    this.#rules = this.#rules.filter(({ id }) => !ids.includes(id));
    return this.switchboard.setRules(this.#rules);
  }

  restart(name: string): void {
    const members = this.#members.map((member) =>
      member.name === name ? { ...member, incarnation: member.incarnation + 1 } : member,
    );
    for (const receiver of this.switchboard.setMembers(members)) {
      expel(receiver, { switchboard: this.switchboard, onDown: this.#onDown });
    }
  }

  /** What has been recorded up to now. */
  recorded(): TraceEvent[] {
    this.trace.flush();
    return readdirSync(this.dir)
      .sort()
      .flatMap((file) => [...new TraceReader().read(readFileSync(join(this.dir, file)))]);
  }

  fates(): FateEvent[] {
    return this.recorded().filter((event): event is FateEvent => event.kind === 'fate');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ends) end.link.close();
    this.switchboard.stop();
    this.server?.close();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** A member's end: sends, and gathers what it gets. */
export class End {
  readonly name: string;
  readonly link: Link;
  readonly isUp: Promise<void>;
  readonly received: Received[] = [];
  /** Types and sources of what was dropped for its signature. */
  readonly forged: string[] = [];
  /** Called with each message, before its body is read. */
  onReader: (message: FrameReader) => void = () => {};
  #onMessage: () => void = () => {};

  constructor(name: string, url: string, signatures?: Signatures) {
    this.name = name;
    let onUp: () => void = () => {};
    this.isUp = new Promise((resolve) => {
      onUp = resolve;
    });
    this.link = new Link({
      url,
      name,
      incarnation: 1,
      signatures,
      onForged: ({ src, type }) => this.forged.push(`${type} from ${src}`),
      onUp: () => onUp(),
      onMessage: (message) => {
        this.onReader(message);
        this.received.push({ src: message.src, body: message.body(), atMs: trueNowMs() });
        this.#onMessage();
      },
    });
  }

  send(dest: string, type: string, fields: Record<string, number | string> = {}): void {
    this.link.send(dest, { type, ...fields });
  }

  /** Resolves when this number of messages has come. */
  async has(count: number): Promise<readonly Received[]> {
    while (this.received.length < count) {
      await new Promise<void>((resolve) => {
        this.#onMessage = resolve;
      });
    }
    return this.received;
  }
}
