/**
 * Runs a state machine on a node: its records go to a file, its messages to the network, and the
 * node's monotonic clock tells it the time. Nothing leaves before what was decided until then is on
 * disk; where the disk refuses, requests are answered with 13 (crash): the record may still get there.
 */
import type { Body, Message, Node, Reply } from '@faultline/node';
import { errorCodes, RpcError } from '@faultline/node';
import type { Effect, Machine, Self } from './machine.ts';

export interface RunOptions {
  /** False: answers and messages leave at once, and the disk follows. For showing what that does. */
  readonly persistBeforeAnswer?: boolean;
  /** False: a request that the network delivers twice is handled twice. */
  readonly dropsDuplicates?: boolean;
  /** How often a machine is told the time. */
  readonly tickMs?: number;
}

const file = 'records';

/** A machine is born of who it is: one for each start. */
export const selfOf = ({ id, incarnation, members }: Node): Self => ({ id, incarnation, members });

export async function runMachine(
  node: Node,
  machine: Machine,
  { persistBeforeAnswer = true, dropsDuplicates = true, tickMs = 50 }: RunOptions = {},
): Promise<void> {
  machine.dropsDuplicates = dropsDuplicates;
  const records = node.disk.read(file);
  machine.restore(records, node.clock.monotonic());
  const snapshot = machine.snapshot();
  if (snapshot !== undefined && records.length > 2 * snapshot.length) {
    await node.disk.replace(file, snapshot);
  }
  const outbox = new Outbox(node, persistBeforeAnswer);

  const handle = (body: Body, message: Message): Promise<Reply | undefined> | undefined => {
    const answer =
      body.msg_id === undefined || body.type.endsWith('_ok') ? undefined : outbox.expect(message);
    outbox.take(machine.receive(message, node.clock.monotonic()));
    return answer;
  };
  for (const type of [...Object.keys(machine.handlers), 'pass']) {
    node.on(type, handle);
    node.on(`${type}_ok`, handle);
  }
  node.every(tickMs, () => outbox.take(machine.tick(node.clock.monotonic())));
}

type Output = Exclude<Effect, { kind: 'persist' }>;

interface Expected {
  readonly resolve: (reply: Reply | undefined) => void;
  readonly reject: (error: RpcError) => void;
}

/** Keeps effects in their order: records first, then what may be known of them. */
class Outbox {
  readonly #node: Node;
  readonly #isPersistedFirst: boolean;
  readonly #expected = new Map<Message, Expected>();
  #waiting: Output[] = [];
  #isUnsynced = false;
  #isSyncing = false;

  constructor(node: Node, isPersistedFirst: boolean) {
    this.#node = node;
    this.#isPersistedFirst = isPersistedFirst;
  }

  expect(request: Message): Promise<Reply | undefined> {
    return new Promise((resolve, reject) => this.#expected.set(request, { resolve, reject }));
  }

  take(effects: readonly Effect[]): void {
    const outputs: Output[] = [];
    for (const effect of effects) {
      if (effect.kind !== 'persist') outputs.push(effect);
      else {
        this.#node.disk.append(file, effect.record);
        this.#isUnsynced = true;
      }
    }
    const mayLeave = !this.#isPersistedFirst || !(this.#isUnsynced || this.#isSyncing);
    if (mayLeave) for (const output of outputs) this.#leave(output);
    else this.#waiting.push(...outputs);
    if (this.#isUnsynced && !this.#isSyncing) void this.#sync();
  }

  /** One sync at a time, for all that came together since the one before. */
  async #sync(): Promise<void> {
    this.#isSyncing = true;
    let isRefused = false;
    while (this.#waiting.length > 0 || (this.#isUnsynced && !isRefused)) {
      const leaving = this.#waiting;
      this.#waiting = [];
      this.#isUnsynced = false;
      try {
        await this.#node.disk.sync(file);
        for (const output of leaving) this.#leave(output);
      } catch (error) {
        isRefused = true;
        this.#isUnsynced = true;
        this.#node.log.error({ err: error }, 'the disk refused; nothing leaves');
        for (const output of leaving) this.#fail(output, (error as Error).message);
      }
    }
    this.#isSyncing = false;
  }

  #leave(output: Output): void {
    switch (output.kind) {
      case 'send':
        this.#node.send(output.dest, output.body);
        return;
      case 'answer':
        this.#settle(output.request)?.resolve(output.reply);
        return;
      case 'ignore':
        this.#settle(output.request)?.resolve(undefined);
        return;
      case 'refuse':
        this.#settle(output.request)?.reject(output.error);
        return;
      case 'event':
        this.#node.event(output.name, output.data);
        return;
      case 'role':
        this.#node.role(output.role);
    }
  }

  /** A message that does not leave is a lost one. */
  #fail(output: Output, reason: string): void {
    if (output.kind !== 'answer' && output.kind !== 'refuse') return;
    this.#settle(output.request)?.reject(new RpcError(errorCodes.crash, `not on disk: ${reason}`));
  }

  #settle(request: Message): Expected | undefined {
    const expected = this.#expected.get(request);
    this.#expected.delete(request);
    return expected;
  }
}
