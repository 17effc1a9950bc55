/**
 * The form in which the protocols of this package are written: a state machine that is given messages
 * and the time, and says what is to be done. It does nothing itself, so a protocol can be read, tested
 * by transcript and run on a network that is no network. `run.ts` runs one on a node.
 *
 *   effect    something to be done: a record to keep, a message to send, an answer
 *   request   a message from a client; each is answered once
 *   ask       a request from one node to another, identified by `op`, since `msg_id` is the host's
 *
 * What was decided in memory is not yet on disk when a machine says so. The runner keeps records
 * before anything leaves that was said in the same step or later.
 */
import {
  type Body,
  errorCodes,
  type Json,
  type Message,
  type Reply,
  RpcError,
} from '@faultline/node';

export type Effect =
  | { readonly kind: 'persist'; readonly record: Json }
  | { readonly kind: 'send'; readonly dest: string; readonly body: Body }
  | { readonly kind: 'answer'; readonly request: Message; readonly reply: Reply }
  /** The request was heard before, and its answer is on the way or has been given. */
  | { readonly kind: 'ignore'; readonly request: Message }
  | { readonly kind: 'refuse'; readonly request: Message; readonly error: RpcError }
  | { readonly kind: 'event'; readonly name: string; readonly data: Readonly<Record<string, Json>> }
  | { readonly kind: 'role'; readonly role: string };

/** Who a machine is. The members are those of its start, and stay the same. */
export interface Self {
  readonly id: string;
  readonly incarnation: number;
  readonly members: readonly string[];
}

/** A client's request, handed to the node that answers it. */
type Pass = {
  readonly type: 'pass';
  readonly op: string;
  readonly isRead: boolean;
  readonly client: string;
  readonly request: Body;
};

const isPass = (message: Message): message is Message<Pass> => message.body.type === 'pass';

type PassAnswer = {
  readonly type: 'pass_ok';
  readonly reply?: Reply;
  readonly error?: { readonly code: number; readonly text: string };
};

interface AskOptions {
  /** For requests that may take effect twice without harm: how long to wait before asking again. */
  readonly retryMs?: number;
  /** How long to wait for an answer at all. */
  readonly patienceMs?: number;
}

interface Ask {
  readonly dest: string;
  readonly body: Body;
  readonly retryMs: number;
  readonly deadlineMs: number;
  askAgainMs: number;
  // A method: only then may it name the answer's type.
  then(answer: Body | undefined): void;
}

/** How long a request may wait for other nodes: less than the second that most callers wait. */
export const patienceMs = 900;
/** Between two askings of what may be asked twice. */
export const retryMs = 100;

/** Number of past requests that are remembered, to drop copies. */
const rememberedMax = 10_000;

interface Handling {
  // A method: only then may a handler name the body that nodes send each other.
  handle(message: Message): void;
}

/** A handler of each type of message. */
export type Handlers = Readonly<Record<string, Handling['handle']>>;

/** `R` is what it persists. */
export abstract class Machine<R extends Json = Json> {
  /** Client requests and what nodes ask of each other. */
  abstract readonly handlers: Handlers;
  readonly self: Self;
  /**
   * Whether a request that the network delivers twice is handled once: identified by the client and its
   * `msg_id`, in this incarnation. Right: yes.
   */
  dropsDuplicates = true;
  protected nowMs = 0;
  #effects: Effect[] = [];
  readonly #local: Message[] = [];
  readonly #asks = new Map<string, Ask>();
  #lastOp = 0;
  readonly #heard = new Set<string>();
  /** Requests that another node passed on, with the number under which it waits. */
  readonly #passedOn = new Map<Message, { readonly from: string; readonly op: Json }>();

  constructor(self: Self) {
    this.self = self;
  }

  /** Takes back what it had persisted. Called once, before anything else. */
  restore(_records: readonly R[], nowMs: number): void {
    this.nowMs = nowMs;
  }

  /** Records that say in fewer words what all say that it has persisted until now. */
  abstract snapshot(): R[];

  /** What to do about a message. `nowMs` is the node's monotonic clock. */
  receive(message: Message, nowMs: number): Effect[] {
    this.nowMs = nowMs;
    this.#handle(message);
    return this.#taken();
  }

  /** What to do as time goes by. Called every `tickMs` or so. */
  tick(nowMs: number): Effect[] {
    this.nowMs = nowMs;
    for (const [op, ask] of [...this.#asks]) {
      if (nowMs >= ask.deadlineMs) {
        this.#asks.delete(op);
        ask.then(undefined);
      } else if (nowMs >= ask.askAgainMs) {
        ask.askAgainMs = nowMs + ask.retryMs;
        this.send(ask.dest, { ...ask.body, op });
      }
    }
    this.onTick();
    return this.#taken();
  }

  protected onTick(): void {}

  /** A name that no other operation of the cluster has, in any incarnation. */
  protected nextOp(): string {
    return `${this.self.id}.${this.self.incarnation}.${++this.#lastOp}`;
  }

  protected get peers(): readonly string[] {
    return this.self.members.filter((member) => member !== this.self.id);
  }

  protected persist(record: R): void {
    this.#effects.push({ kind: 'persist', record });
  }

  /** Messages to itself do not cross the network. */
  protected send(dest: string, body: Body): void {
    if (dest === this.self.id) this.#local.push({ src: dest, dest, body });
    else this.#effects.push({ kind: 'send', dest, body });
  }

  protected event(name: string, data: Readonly<Record<string, Json>> = {}): void {
    this.#effects.push({ kind: 'event', name, data });
  }

  protected role(role: string): void {
    this.#effects.push({ kind: 'role', role });
  }

  /** Asks a node. `then` is called once: with the answer, or with undefined when patience is over. */
  protected ask<Answer extends Body = Body>(
    dest: string,
    body: Body,
    { retryMs: again = Number.POSITIVE_INFINITY, patienceMs: patience = patienceMs }: AskOptions,
    then: (answer: Answer | undefined) => void,
  ): () => void {
    const op = this.nextOp();
    const { nowMs } = this;
    const deadlineMs = nowMs + patience;
    this.#asks.set(op, { dest, body, retryMs: again, deadlineMs, askAgainMs: nowMs + again, then });
    this.send(dest, { ...body, op });
    return () => void this.#asks.delete(op);
  }

  /** Answers a client's request, or another node's ask. */
  protected answer(request: Message, reply: Reply = {}): void {
    const { src, body } = request;
    const passedOn = this.#passedOn.get(request);
    this.#passedOn.delete(request);
    if (passedOn !== undefined) {
      this.send(passedOn.from, { type: 'pass_ok', op: passedOn.op, reply });
    } else if (body.op !== undefined && this.self.members.includes(src)) {
      this.send(src, { ...reply, type: `${body.type}_ok`, op: body.op });
    } else {
      this.#effects.push({ kind: 'answer', request, reply });
    }
  }

  protected refuse(request: Message, code: number, text: string): void {
    const passedOn = this.#passedOn.get(request);
    this.#passedOn.delete(request);
    if (passedOn !== undefined) {
      this.send(passedOn.from, { type: 'pass_ok', op: passedOn.op, error: { code, text } });
    } else {
      this.#effects.push({ kind: 'refuse', request, error: new RpcError(code, text) });
    }
  }

  /**
   * Lets another node answer a client. It is asked once, so a lost message leaves a request that
   * changes something unknown.
   */
  protected passOn(request: Message, dest: string, { isRead }: { readonly isRead: boolean }): void {
    const ask: Body = { type: 'pass', isRead, client: request.src, request: request.body };
    this.ask<PassAnswer>(dest, ask, isRead ? { retryMs } : {}, (answer) => {
      if (answer === undefined) this.refuseUnanswered(request, dest, isRead);
      else if (answer.error === undefined) this.answer(request, answer.reply);
      else this.refuse(request, answer.error.code, answer.error.text);
    });
  }

  protected refuseUnanswered(request: Message, by: string, isRead: boolean): void {
    if (isRead) {
      this.refuse(request, errorCodes.temporarilyUnavailable, `${by} did not answer`);
    } else {
      const text = `${by} did not answer in time: ${request.body.type} may or may not take effect`;
      this.refuse(request, errorCodes.timeout, text);
    }
  }

  #handle(first: Message): void {
    this.#local.push(first);
    this.#handleLocal();
  }

  #handleLocal(): void {
    for (let next = this.#local.shift(); next !== undefined; next = this.#local.shift()) {
      this.#handleOne(next);
    }
  }

  #handleOne(message: Message): void {
    const { src, dest, body } = message;
    if (body.type.endsWith('_ok')) {
      const ask = this.#asks.get(String(body.op));
      // A second or late answer has no request any more.
      if (ask === undefined || ask.dest !== src) return;
      this.#asks.delete(String(body.op));
      ask.then(body);
      return;
    }
    if (this.#isDuplicate(message)) {
      this.#effects.push({ kind: 'ignore', request: message });
      return;
    }
    let request = message;
    if (isPass(message)) {
      const { client, op, request: passed } = message.body;
      request = { src: client, dest, body: passed };
      this.#passedOn.set(request, { from: src, op });
    }
    try {
      const handler = this.handlers[request.body.type];
      if (handler === undefined) {
        const text = `${this.self.id} does not handle ${request.body.type}`;
        throw new RpcError(errorCodes.notSupported, text);
      }
      handler(request);
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      this.refuse(request, error.rpcCode, error.message);
    }
  }

  /** Asks may come again on purpose; of those that are passed on only reads do. */
  #isDuplicate({ src, body }: Message): boolean {
    if (!this.dropsDuplicates) return false;
    let name: string;
    if (body.msg_id !== undefined) name = `${src} ${body.msg_id}`;
    else if (body.type === 'pass' && body.isRead !== true) name = String(body.op);
    else return false;
    if (this.#heard.has(name)) return true;
    this.#heard.add(name);
    if (this.#heard.size > rememberedMax) {
      for (const oldest of this.#heard) {
        this.#heard.delete(oldest);
        break;
      }
    }
    return false;
  }

  #taken(): Effect[] {
    this.#handleLocal();
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}
