/**
 * The process host: implements the port over a link to the router, this process's timers and its
 * disk. One per process.
 */
import { inspect } from 'node:util';
import {
  type Body,
  FaultlineError,
  type FrameReader,
  type Json,
  type NodeConfig,
} from '@faultline/protocol';
import { errorCodes, RpcError, UnknownOutcome } from '../errors.ts';
import type { Disk, Handler, Log, Message, Node, Random, Reply, Timer } from '../port.ts';
import type { HostClock } from './clock.ts';
import type { CrashTrigger } from './crash-point.ts';
import type { MessageOrigin, NodeRecording } from './recording.ts';
import { requireStackRoom } from './stack-room.ts';
import type { VirtualTimers } from './virtual-timers.ts';

export interface HostParts {
  readonly config: NodeConfig;
  readonly clock: HostClock;
  readonly timers: Pick<VirtualTimers, 'start'>;
  readonly random: Random;
  readonly disk: Disk;
  readonly log: Log;
  /** Passes a message to the network. */
  readonly send: (dest: string, body: Body) => void;
  readonly reportEvent: (name: string, data: Readonly<Record<string, Json>>) => void;
  /** Reports that a message from the claimed source `src` was dropped. */
  readonly reportBadSignature: (src: string, type: string) => void;
  readonly reportRole: (role: string | null) => void;
  /** Asked of each message that has come in, before anything is done with it. */
  readonly crash?: Pick<CrashTrigger, 'isArmed' | 'receives'>;
  /** Undefined where the run records nothing. */
  readonly recording?: Pick<NodeRecording, 'received' | 'handled' | 'local'> | undefined;
}

interface PendingCall {
  readonly resolve: (body: Body) => void;
  readonly reject: (error: Error) => void;
  readonly timer: Timer;
  /** Has the stack of the call: it fails when nothing of the program is on the stack any more. */
  readonly made: Maker;
}

const callTimeoutMs = 1000;
/**
 * Each incarnation numbers its requests from a place of its own: an answer to an earlier one, held
 * back somewhere until now, answers nothing.
 */
const requestsPerIncarnation = 1e9;
/** As many requests are refused during a start with the promise that no copy of them takes effect. */
const refusedMax = 10_000;
/** Length limit of an error's text in a reply. */
const errorCharsMax = 1000;

export class Host implements Node {
  readonly id: string;
  readonly incarnation: number;
  readonly settings: Readonly<Record<string, string>>;
  readonly clock: HostClock;
  readonly random: Random;
  readonly disk: Disk;
  readonly log: Log;
  members: readonly string[];
  peers: readonly string[];
  readonly #parts: HostParts;
  readonly #handlers = new Map<string, Handler>();
  readonly #membershipHandlers: ((members: readonly string[]) => unknown)[] = [];
  readonly #calls = new Map<number, PendingCall>();
  #lastMsgId: number;
  /** Ids of messages that were refused during the start as without effect: a later copy must have none. */
  readonly #refused = new Set<string>();
  #isReady = false;
  #role: string | null = null;

  constructor(parts: HostParts) {
    this.#parts = parts;
    const { config } = parts;
    this.id = config.id;
    this.incarnation = config.incarnation;
    this.settings = config.settings;
    this.#lastMsgId = (config.incarnation - 1) * requestsPerIncarnation;
    this.members = config.members;
    this.peers = this.#others(config.members);
    this.clock = parts.clock;
    this.random = parts.random;
    this.disk = parts.disk;
    this.log = parts.log;
  }

  on(type: string, handler: Handler): void {
    if (this.#handlers.has(type)) {
      throw new FaultlineError('PROGRAM_INVALID', `the program handles ${type} twice`, { type });
    }
    this.#handlers.set(type, handler);
  }

  onMembership(handler: (members: readonly string[]) => unknown): void {
    this.#membershipHandlers.push(handler);
  }

  send(dest: string, body: Body): void {
    this.#parts.send(dest, body);
  }

  broadcast(body: Body): void {
    for (const peer of this.peers) this.send(peer, body);
  }

  call(dest: string, body: Body, options: { readonly timeoutMs?: number } = {}): Promise<Body> {
    const timeoutMs = options.timeoutMs ?? callTimeoutMs;
    const made = madeIn(this.call);
    return new Promise((resolve, reject) => {
      const msg_id = ++this.#lastMsgId;
      this.send(dest, { ...body, msg_id });
      const timer = this.after(timeoutMs, () => {
        this.#calls.delete(msg_id);
        reject(madeBy(made, new UnknownOutcome(dest, body.type, timeoutMs)));
      });
      this.#calls.set(msg_id, { resolve, reject, timer, made });
    });
  }

  after(ms: number, run: () => void): Timer {
    const timeout = this.#parts.timers.start(run, ms, false);
    return { cancel: () => void timeout.close() };
  }

  every(ms: number, run: () => void): Timer {
    const timeout = this.#parts.timers.start(run, ms, true);
    return { cancel: () => void timeout.close() };
  }

  event(name: string, data: Readonly<Record<string, Json>> = {}): void {
    const { recording, reportEvent } = this.#parts;
    // Before the clock ticks: an event that cannot be recorded has not happened.
    requireStackRoom();
    requireJson(data);
    const stamps = this.clock.tick();
    recording?.local(name, data, stamps);
    reportEvent(name, data);
  }

  role(role: string | null): void {
    const { recording, reportRole } = this.#parts;
    requireStackRoom();
    if (role !== this.#role) recording?.local('role', { role }, this.clock.tick());
    this.#role = role;
    reportRole(role);
  }

  /** The program has set itself up: from now on a type without a handler is one that it does not know. */
  ready(): void {
    this.#isReady = true;
  }

  /** Resolves when the program has done what it does about it. */
  async setMembers(members: readonly string[]): Promise<void> {
    if (String(members) === String(this.members)) return;
    this.members = members;
    this.peers = this.#others(members);
    await Promise.all(this.#membershipHandlers.map((handler) => handler(members)));
  }

  /** A message whose signature is wrong: nothing of it is believed, its stamps included. */
  receiveForged(reader: FrameReader): void {
    const { recording, reportBadSignature } = this.#parts;
    const { src, type } = reader;
    recording?.received(reader, 'bad signature', this.clock.tick());
    this.log.warn({ src, type }, 'dropped a message with a wrong signature');
    reportBadSignature(src, type);
  }

  receive(reader: FrameReader): void {
    const stamps = this.clock.observe(reader);
    const { recording, crash } = this.#parts;
    const { src, dest } = reader;
    let body: Body;
    try {
      body = reader.body();
    } catch (error) {
      recording?.received(reader, 'not JSON', stamps);
      this.log.warn(
        { src, reason: (error as Error).message },
        'dropped a message that is not JSON',
      );
      return;
    }
    if (body.in_reply_to !== undefined) {
      const call = this.#calls.get(body.in_reply_to);
      recording?.received(reader, call === undefined ? 'late reply' : 'settled', stamps);
      if (crash?.isArmed) crash.receives(body.type, reader);
      // A late answer, or the second one to a duplicated request, has no call.
      if (call !== undefined) this.#settle(call, body);
      return;
    }
    const isRefused = this.#refused.size > 0 && this.#refused.has(idOf(reader));
    const handler = isRefused ? undefined : this.#handlers.get(body.type);
    const message = { src, dest, body };
    recording?.received(reader, handler === undefined ? 'no handler' : 'handled', stamps);
    if (crash?.isArmed) crash.receives(body.type, reader);
    if (isRefused) return;
    if (handler === undefined) this.#refuse(message, this.#notHandled(body.type, idOf(reader)));
    else {
      const { sender, incarnation, seq } = reader;
      void this.#handle(handler, message, { sender, incarnation, seq });
    }
  }

  #settle(call: PendingCall, body: Body): void {
    this.#calls.delete(body.in_reply_to!);
    call.timer.cancel();
    if (body.type !== 'error') {
      call.resolve(body);
      return;
    }
    const { code, text = 'an error without a text' } = body;
    const error = new RpcError(typeof code === 'number' ? code : errorCodes.crash, saidBy(text));
    call.reject(madeBy(call.made, error));
  }

  async #handle(handler: Handler, message: Message, origin: MessageOrigin): Promise<void> {
    const { body } = message;
    const { recording } = this.#parts;
    try {
      const reply = await handler(body, message);
      const isAnswered = reply !== undefined && body.msg_id !== undefined;
      if (isAnswered && !isFields(reply)) throw new NoReply(body.type, reply);
      if (isAnswered) this.#answer(message, reply);
      recording?.handled(origin, isAnswered ? 'replied' : 'nothing');
    } catch (thrown) {
      recording?.handled(origin, 'threw', textOf(thrown).slice(0, errorCharsMax));
      this.#refuse(message, thrown);
    }
  }

  #notHandled(type: string, id: string): RpcError {
    if (this.#isReady) {
      return new RpcError(errorCodes.notSupported, `${this.id} does not handle ${type}`);
    }
    const says = `${this.id} is starting and does not handle ${type} yet`;
    // A first copy may have reached an earlier process, and a later one must not reach this program.
    if (this.incarnation > 1 || this.#refused.size >= refusedMax) {
      return new RpcError(errorCodes.crash, `${says}: an earlier copy of it may have taken effect`);
    }
    this.#refused.add(id);
    return new RpcError(errorCodes.temporarilyUnavailable, says);
  }

  #refuse(message: Message, thrown: unknown): void {
    const { src, body } = message;
    const isRequest = body.msg_id !== undefined;
    const said = textOf(thrown);
    let code: number = errorCodes.crash;
    let text = `the handler of ${body.type} threw: ${said}`;
    if (thrown instanceof NoReply) {
      text = said;
      this.log.error({ src, type: body.type }, said);
    } else if (thrown instanceof RpcError) {
      code = thrown.rpcCode;
      text = said;
      if (!isRequest) this.log.warn({ src, type: body.type }, said);
    } else {
      this.log.error({ err: thrown, src, type: body.type }, `the handler of ${body.type} threw`);
    }
    if (isRequest)
      this.#answer(message, { type: 'error', code, text: text.slice(0, errorCharsMax) });
  }

  #answer({ src, body }: Message, reply: Reply): void {
    this.send(src, { type: `${body.type}_ok`, ...reply, in_reply_to: body.msg_id! });
  }

  #others(members: readonly string[]): readonly string[] {
    return members.filter((member) => member !== this.id);
  }
}

/** A handler of a request has returned an invalid reply. */
class NoReply extends Error {
  constructor(type: string, reply: unknown) {
    const got = inspect(reply, { depth: 0, breakLength: Number.POSITIVE_INFINITY }).slice(0, 60);
    super(
      `the handler of ${type} returned ${got}: return an object with the fields of the reply, or nothing`,
    );
  }
}

/** An object with fields, of a class or not; no list, map, date or error. */
function isFields(reply: unknown): reply is Reply {
  return Object.prototype.toString.call(reply) === '[object Object]';
}

function requireJson(data: unknown): void {
  JSON.stringify(data);
}

/** Who made a call. */
interface Maker {
  readonly stack?: string;
}

/** The program's own frames come first, and each costs time in every call. */
const makerFrames = 5;

function madeIn(call: Host['call']): Maker {
  const { stackTraceLimit } = Error;
  const made: Maker = {};
  Error.stackTraceLimit = makerFrames;
  Error.captureStackTrace(made, call);
  Error.stackTraceLimit = stackTraceLimit;
  return made;
}

/** The error as one of this call: it may be awaited nowhere, and then the line is what helps. */
function madeBy<E extends Error>(made: Maker, error: E): E {
  const { stack = '' } = made;
  const frames = stack.indexOf('\n    at ');
  if (frames >= 0) error.stack = `${error.name}: ${error.message}${stack.slice(frames)}`;
  return error;
}

/** The text of an error that came in a message: it may be anything. */
function saidBy(text: unknown): string {
  return typeof text === 'string' ? text : inspect(text);
}

/** The same for all copies of a message. */
const idOf = ({ sender, incarnation, seq }: FrameReader): string =>
  `${sender}.${incarnation}.${seq}`;

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : inspect(thrown);
}
